package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retention has decided, and waits for its locks, when somebody decides otherwise. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "retention does what holds when it has its locks, not what held before it waited for them")
class RetentionAndOthersIT {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE tidemark.partition_set SET retention = '100 days'",
                "UPDATE tidemark.partition_set SET retention_paused = true",
                "UPDATE tidemark.partition_set SET suspended = true",
                "SELECT tidemark.forget_partitions('log')"
            })
    void what_is_decided_meanwhile(String decision, Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 3).withDays(9).filled(9);
        table.make();
        database.execute("UPDATE tidemark.partition_set SET retention = '8 days'");
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE log IN SHARE UPDATE EXCLUSIVE MODE; " + decision);

            CompletableFuture<List<List<String>>> retention = CompletableFuture.supplyAsync(table::letGo);
            Await.until(
                    "retention waits",
                    java.time.Duration.ofSeconds(10),
                    () -> database.number(
                                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'log'::regclass")
                            == 1);
            other.commit();

            assertThat(retention.get()).extracting(line -> line.get(1)).noneMatch(o -> o.equals("dropped"));
        }
        assertThat(table.rows()).isEqualTo(10);
    }
}
