package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Whoever names a table wants to hear of that table: silence would be taken for health. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "maintain and health say that nobody looks after a table, and what to do")
class NotManagedIT {
    private static void refused(Database database, String table, String... words) throws Exception {
        for (BiConsumer<Tidemark, Optional<TableName>> command :
                java.util.List.<BiConsumer<Tidemark, Optional<TableName>>>of(Tidemark::maintain, Tidemark::health)) {
            try (Connection connection = database.connect()) {
                assertThatThrownBy(() ->
                                command.accept(Tidemark.on(connection), Optional.of(new TableName("public", table))))
                        .isInstanceOf(Refused.class)
                        .hasMessageContainingAll(words);
            }
        }
    }

    @Test
    void nobody_has_put_it_on_the_list(Database database) throws Exception {
        database.execute("CREATE TABLE \"It's\" (at timestamptz)");

        refused(database, "It's", "Tidemark does not look after \"public\".\"It's\"", "convertToPartitions does");
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();
        refused(database, "its", "There is no table \"public\".\"its\"");

        ManagedTable.daily(database, 3).make();
        refused(database, "It's", "manage_partitions('\"public\".\"It''s\"', width => '1 day')");
        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(connection).maintain(Optional.of(new TableName("public", "log"))))
                    .isEmpty();
            assertThat(Tidemark.on(connection).health(Optional.of(new TableName("public", "log"))))
                    .hasSize(1);
        }
    }

    @Test
    void it_is_a_partition(Database database) throws Exception {
        ManagedTable.daily(database, 3).make();
        String part = database.value("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' LIMIT 1");

        refused(database, part, "it is a partition. Name its table, log.");
    }

    @Test
    void a_conversion_has_put_another_in_its_place(Database database) throws Exception {
        ManagedTable.daily(database, 3).make();
        database.rows("SELECT tidemark.suspend_partitions('log')");

        refused(database, "log", "a conversion has put another table in its place");
    }
}
