package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever looks hears of what is missing before the application does. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "health tells of missing partitions before inserts fail")
class PartitionHealthIT {
    /**
     * The scheduler has died after everything was made, and the clock goes on: instead of the clock, the end of the partitions comes nearer by an hour at a time.
     * The first row that cannot be inserted is one of the moment at which they end.
     */
    @ParameterizedTest
    @CsvSource({"1 day, 30", "1 day, 4", "7 days, 4", "1 month, 2", "1 hour, 100"})
    void a_dead_scheduler_makes_it_red_two_days_before_the_first_insert_fails(
            String width, int premake, Database database) throws Exception {
        ManagedTable table =
                ManagedTable.of(database, "timestamptz", "width => '" + width + "', premake => " + premake);
        table.make();
        assertThat(table.verdict()).isEqualTo("green");

        int redHours = hoursAheadWhenItTurnsRed(table, database);
        assertThat(redHours).isBetween(48, 73);
        covered(database, redHours);
        database.execute("INSERT INTO log VALUES (1, now() + interval '" + redHours + " hours' - interval '1 minute')");
        assertThatThrownBy(
                        () -> database.execute("INSERT INTO log VALUES (2, now() + interval '" + redHours + " hours')"))
                .hasMessageContaining("no partition of relation \"log\" found for row");

        covered(database, 0);
        assertThatThrownBy(() -> database.execute("INSERT INTO log VALUES (3, now())"))
                .hasMessageContaining("no partition of relation \"log\" found for row");
        assertThat(table.reason()).startsWith("there is no partition for rows of now: inserts fail");
        table.make();
        database.execute("INSERT INTO log VALUES (3, now())");
        assertThat(table.verdict()).isEqualTo("green");
    }

    /** A premake of less than three days cannot promise them. Whoever makes partitions has an hour for it after the turn of an interval. */
    @ParameterizedTest
    @CsvSource({"1 day, 1", "1 day, 2", "1 hour, 6"})
    void a_short_premake_makes_it_red_as_soon_as_one_is_missing(String width, int premake, Database database)
            throws Exception {
        ManagedTable table =
                ManagedTable.of(database, "timestamptz", "width => '" + width + "', premake => " + premake);
        table.make();
        assertThat(table.verdict()).isEqualTo("green");
        String last = database.value("SELECT part FROM tidemark.partitions_of('log') ORDER BY low DESC LIMIT 1");
        String before =
                database.value("SELECT part FROM tidemark.partitions_of('log') ORDER BY low DESC OFFSET 1 LIMIT 1");

        database.execute("DROP TABLE " + last);
        assertThat(table.verdict())
                .as("as after the turn of an interval: green before the job has run, red after that")
                .isEqualTo(database.value("SELECT CASE WHEN extract(epoch FROM now() - date_trunc(split_part('" + width
                        + "', ' ', 2), now(), 'UTC')) < 3600 THEN 'green' ELSE 'red' END"));

        database.execute("DROP TABLE " + before);
        assertThat(table.verdict()).isEqualTo("red");
    }

    private static int hoursAheadWhenItTurnsRed(ManagedTable table, Database database) {
        for (int hours = 90; hours > 0; hours--) {
            covered(database, hours);
            if (table.verdict().equals("red")) {
                return hours;
            }
        }
        return 0;
    }

    /** One partition that ends so many hours from now. */
    private static void covered(Database database, int hours) {
        database.execute(
                """
                DO $$ DECLARE p record;
                BEGIN
                    FOR p IN SELECT part FROM tidemark.partitions_of('log') LOOP EXECUTE format('DROP TABLE %%s', p.part); END LOOP;
                    EXECUTE format('CREATE TABLE only_one PARTITION OF log FOR VALUES FROM (%%L) TO (%%L)', now() - interval '1 day', now() + interval '%d hours');
                END $$"""
                        .formatted(hours));
    }

    @Test
    void what_it_tells(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 5).withDays(6);
        table.make();
        database.execute("CREATE TABLE rest PARTITION OF log DEFAULT");
        table.filled(6);
        database.execute("UPDATE tidemark.partition_set SET retention = '20 days'");
        PartitionHealth health = health(database);

        assertThat(health.verdict()).isEqualTo(PartitionHealth.Verdict.GREEN);
        assertThat(health.daysAhead()).isBetween(5.0, 6.0);
        assertThat(health.partitions()).isEqualTo(12);
        assertThat(health.bytes()).isPositive();
        assertThat(health.gaps()).isEmpty();
        assertThat(health.defaultFilled()).isFalse();
        assertThat(health.orphans()).isEmpty();
        String oldest = database.value("SELECT part FROM tidemark.partitions_of('log') LIMIT 1");
        assertThat(health.nextDrop()).isEqualTo(oldest);
        assertThat(health.nextDropAt())
                .isEqualTo(
                        database.value(
                                "SELECT ((upper_bound::timestamptz + interval '20 days') AT TIME ZONE 'UTC')::text FROM tidemark.partitions_of('log') LIMIT 1"));

        assertThat(health.toString())
                .contains("retention lets " + oldest + " go at ")
                .doesNotContain("paused");

        String third = database.value("SELECT part FROM tidemark.partitions_of('log') OFFSET 2 LIMIT 1");
        database.execute("ALTER TABLE log DETACH PARTITION " + third
                + "; INSERT INTO log VALUES (1, '2001-01-01'); ANALYZE rest");
        PartitionHealth worse = health(database);
        assertThat(worse.verdict()).isEqualTo(PartitionHealth.Verdict.YELLOW);
        assertThat(worse.gaps()).hasSize(1);
        assertThat(worse.defaultRows()).isEqualTo(1);
        assertThat(worse.orphans()).containsExactly(third);
        assertThat(worse.toString())
                .startsWith("yellow: log: DEFAULT holds about 1 rows; 1 gaps between partitions, the first ")
                .contains("former partitions: " + third);
    }

    @Test
    void retention_that_nobody_carries_out(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 5).withDays(9);
        table.make();
        database.execute("UPDATE tidemark.partition_set SET retention = '5 days'");

        assertThat(table.verdict()).isEqualTo("yellow");
        assertThat(table.reason()).isEqualTo("retention is overdue for 3 partitions");
        table.letGo();
        assertThat(table.verdict()).isEqualTo("green");
    }

    /** Time alone would let it go, and something else has to happen. */
    @Test
    void retention_that_rests_or_is_held(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 5).withDays(9);
        table.make();
        String oldest = database.value("SELECT 'public.' || part FROM tidemark.partitions_of('log') LIMIT 1");
        database.execute("UPDATE tidemark.partition_set SET retention = '20 days', retention_paused = true");
        assertThat(table.reason())
                .endsWith("; retention of " + oldest + " is paused until the conversion is finalized");

        database.execute(
                "UPDATE tidemark.partition_set SET retention_paused = false; INSERT INTO tidemark.hold (relation, name, reason) VALUES ('log', 'legal', 'case 17')");
        assertThat(health(database).toString()).contains("retention lets " + oldest.substring(7) + " go at ");

        database.execute("UPDATE tidemark.partition_set SET retention = '5 days'");
        assertThat(table.reason()).endsWith("; retention of " + oldest + " is held: legal (case 17)");
        assertThat(table.verdict()).isEqualTo("green");
        assertThat(health(database).toString())
                .contains("retention does not let " + oldest.substring(7) + " go for now");
    }

    /** Their range is taken, and takes nothing. */
    @Test
    void a_partition_that_has_none_of_its_own(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 9);
        table.make();
        String last = database.value("SELECT part FROM tidemark.partitions_of('log') ORDER BY low DESC LIMIT 1");
        List<List<String>> bounds = table.bounds();
        List<String> bound = bounds.get(bounds.size() - 1);
        database.execute("DROP TABLE " + last + "; CREATE TABLE below PARTITION OF log FOR VALUES FROM ('"
                + bound.get(0) + "') TO ('" + bound.get(1) + "') PARTITION BY RANGE (id)");

        assertThat(table.verdict()).isEqualTo("red");
        assertThat(table.reason())
                .isEqualTo("public.below is partitioned itself and has no partition: inserts into it fail");
        database.execute("CREATE TABLE below_1 PARTITION OF below DEFAULT");
        assertThat(table.verdict()).isEqualTo("green");
    }

    private static PartitionHealth health(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            List<PartitionHealth> all = Tidemark.on(connection).health(Optional.of(new TableName("public", "log")));
            assertThat(all).hasSize(1);
            assertThat(Tidemark.on(connection).health(Optional.empty())).isEqualTo(all);
            return all.get(0);
        }
    }
}
