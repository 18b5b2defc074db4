package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Partitions that are too old go, in the way that is wanted, and only those that may. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "partitions that are too old are let go")
class PartitionRetentionIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Ten days with a row each, the two oldest of which are too old. */
    private static ManagedTable table(Database database, String settings) throws SQLException {
        ManagedTable table = ManagedTable.daily(database, 0).withDays(9).filled(9);
        database.execute("UPDATE tidemark.partition_set SET retention = '7 days'" + settings);
        return table;
    }

    @Test
    void they_are_dropped(Database database) throws Exception {
        ManagedTable table = table(database, "");

        assertThat(table.outcomes()).containsExactly("dropped", "dropped");
        assertThat(table.rows()).isEqualTo(8);
        assertThat(table.outcomes()).isEmpty();
    }

    /** It has no lower bound and goes all the same once it is old enough. */
    @Test
    void history_goes_too(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        database.execute(
                "CREATE TABLE history PARTITION OF log FOR VALUES FROM (MINVALUE) TO ('2020-01-01'); INSERT INTO log VALUES (1, '1999-01-01')");
        table.withDays(2).filled(1);
        database.execute("UPDATE tidemark.partition_set SET retention = '10 years'");
        assertThat(table.outcomes()).isEmpty();

        database.execute("UPDATE tidemark.partition_set SET retention = '1 year'");
        assertThat(table.letGo()).containsExactly(List.of("public.history", "dropped"));
        assertThat(table.rows()).isEqualTo(2);
    }

    @Test
    void holds_and_pauses_are_asked(Database database) throws Exception {
        ManagedTable table = table(database, ", retention_paused = true");
        assertThat(table.outcomes()).containsExactly("paused", "paused");

        database.execute("UPDATE tidemark.partition_set SET retention_paused = false");
        database.execute(
                "INSERT INTO tidemark.hold (relation, name, released_before, reason) SELECT 'log', 'archive', lower_bound::timestamptz, 'not proved yet'"
                        + " FROM tidemark.partitions_of('log') ORDER BY low OFFSET 1 LIMIT 1");
        assertThat(table.outcomes()).containsExactly("dropped", "held: archive (not proved yet)");

        database.execute("DELETE FROM tidemark.hold");
        assertThat(table.outcomes()).containsExactly("dropped");
    }

    @Test
    void referenced_rows_hold_their_partition_back(Database database) throws Exception {
        ManagedTable table = table(database, "");
        database.execute(
                """
                CREATE TABLE note (log_id bigint, log_at timestamptz, CONSTRAINT note_of_log FOREIGN KEY (log_id, log_at) REFERENCES log (id, at));
                INSERT INTO note SELECT id, at FROM log WHERE id = 9""");

        assertThat(table.outcomes())
                .containsExactly(
                        "held back: rows of it are referenced by foreign key note_of_log of public.note", "dropped");

        database.execute("DELETE FROM note");
        assertThat(table.outcomes()).containsExactly("dropped");
        database.execute("INSERT INTO note SELECT id, at FROM log");
    }

    @Test
    void what_somebody_made_of_it_is_named_and_keeps_no_other(Database database) throws Exception {
        ManagedTable table = table(database, "");
        String oldest = database.value("SELECT part FROM tidemark.partitions_of('log') LIMIT 1");
        database.execute("CREATE VIEW of_one_day AS SELECT * FROM " + oldest);

        assertThat(table.outcomes())
                .containsExactly(
                        "failed: cannot drop table public." + oldest + " because other objects depend on it",
                        "dropped");
        assertThat(table.rows()).as("it is still a partition").isEqualTo(9);
    }

    @Test
    void they_are_detached_and_dropped_after_the_grace(Database database) throws Exception {
        ManagedTable table = table(database, ", retention_mode = 'detach', retention_grace = '3 days'");

        assertThat(table.outcomes()).containsExactly("detached", "detached");
        assertThat(table.rows()).isEqualTo(8);
        assertThat(table.outcomes()).isEmpty();
        assertThat(database.value("SELECT orphans FROM tidemark.partition_health"))
                .isEqualTo("{}");

        // Somebody takes the first back, whatever it is called by then; the second is held.
        database.execute(
                """
                DO $$ DECLARE d record; BEGIN
                  SELECT * INTO d FROM tidemark.detached_partition ORDER BY ends LIMIT 1;
                  EXECUTE format('ALTER TABLE %s RENAME TO taken_back', d.relation);
                  UPDATE tidemark.partition_set SET retention = '30 days';
                  EXECUTE format('ALTER TABLE log ATTACH PARTITION taken_back FOR VALUES FROM (%L) TO (%L)', d.lower_bound, d.upper_bound);
                END $$;
                UPDATE tidemark.detached_partition SET detached_at = detached_at - interval '5 days';
                INSERT INTO tidemark.hold (relation, name, reason) VALUES ('log', 'legal', 'case 17')""");
        assertThat(table.outcomes()).containsExactly("held: legal (case 17)");
        assertThat(database.number("SELECT cardinality(orphans) FROM tidemark.partition_health"))
                .isEqualTo(1);

        database.execute("DELETE FROM tidemark.hold");
        assertThat(table.outcomes()).containsExactly("dropped");
        assertThat(table.rows()).isEqualTo(9);
        assertThat(database.number("SELECT count(*) FROM tidemark.detached_partition"))
                .isZero();
    }

    @Test
    void they_are_moved_whatever_has_their_name_there(Database database) throws Exception {
        ManagedTable table = table(database, ", retention_mode = 'move', retention_schema = 'The attic'");
        assertThat(table.outcomes()).containsOnly("failed: schema \"The attic\" does not exist");
        assertThat(table.verdict()).isEqualTo("yellow");
        assertThat(table.reason()).contains("schema \"The attic\", where retention moves partitions, does not exist");

        String oldest = database.value("SELECT part FROM tidemark.partitions_of('log') LIMIT 1");
        database.execute("CREATE SCHEMA \"The attic\"; CREATE TABLE \"The attic\"." + oldest + " ()");
        assertThat(table.outcomes())
                .hasSize(2)
                .allMatch(outcome -> outcome.startsWith("moved to \"The attic\"."))
                .anyMatch(outcome -> outcome.equals("moved to \"The attic\"." + oldest + "_2"));
        assertThat(database.number("SELECT count(*) FROM \"The attic\"." + oldest + "_2"))
                .isEqualTo(1);
        assertThat(table.rows()).isEqualTo(8);
    }

    @Test
    void a_reader_who_is_in_the_way_costs_one_attempt(Database database) throws Exception {
        ManagedTable table = table(database, "");
        try (Connection reader = database.connect();
                Statement reads = reader.createStatement()) {
            reader.setAutoCommit(false);
            reads.execute("SELECT count(*) FROM log");
            assertThat(table.outcomes()).containsExactly("skipped: lock not obtained", "skipped: lock not obtained");
            reads.execute("SELECT count(*) FROM log");
            reader.commit();
        }
        assertThat(table.outcomes()).containsExactly("dropped", "dropped");
    }

    @Test
    void locks_are_not_held_for_long(Database database) throws Exception {
        ManagedTable table = table(database, "");

        assertThat(database.column("SELECT outcome FROM tidemark.apply_partition_retention(max_pause => interval '0')"))
                .containsExactly("dropped", "left for the next run");
        try (Connection connection = database.connect()) {
            assertThat(dev.tidemark.Tidemark.on(connection).maintain(java.util.Optional.empty()))
                    .singleElement()
                    .asString()
                    .endsWith(" dropped");
        }
        assertThat(table.rows()).isEqualTo(8);
    }

    @Test
    void two_at_once(Database database) throws Exception {
        ManagedTable table = table(database, "");
        try (Connection first = database.connect();
                Statement drops = first.createStatement()) {
            first.setAutoCommit(false);
            drops.execute("SELECT * FROM tidemark.apply_partition_retention()");
            assertThat(table.outcomes()).containsExactly("another session is at work on it");
            first.commit();
        }
        assertThat(table.outcomes()).isEmpty();
        assertThat(table.rows()).isEqualTo(8);
    }

    /** Until it is finished nothing can be inserted into its range, and nothing else can take it. */
    @Test
    void an_interrupted_detach_is_finished(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0).withDays(2).filled(2);
        String today = database.value("SELECT part FROM tidemark.partitions_of('log') ORDER BY low DESC LIMIT 1");
        try (Connection reader = database.connect();
                Connection detacher = database.connect();
                Statement reads = reader.createStatement();
                Statement detaches = detacher.createStatement()) {
            reader.setAutoCommit(false);
            reads.execute("SELECT count(*) FROM log");
            Thread waiting = new Thread(() -> {
                try {
                    detaches.execute("ALTER TABLE log DETACH PARTITION " + today + " CONCURRENTLY");
                } catch (SQLException e) {
                    // it is cancelled
                }
            });
            waiting.start();
            Await.until(
                    "it waits for the reader",
                    LIMIT,
                    () -> database.number("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == 1);
            assertThat(table.make()).as("one that is under way is left alone").anyMatch(line -> line.get(1)
                    .equals("skipped: lock not obtained"));
            detaches.cancel();
            waiting.join();
            reader.commit();
        }
        assertThat(table.verdict()).isEqualTo("red");
        assertThat(table.reason()).contains("interrupted DETACH CONCURRENTLY");

        assertThat(table.make())
                .containsExactly(
                        List.of("public." + today, "detached: an interrupted DETACH CONCURRENTLY was finished"),
                        List.of("public." + today + "_2", "made"));
        database.execute("INSERT INTO log VALUES (100, now())");
        assertThat(database.number("SELECT count(*) FROM " + today))
                .as("its rows are kept")
                .isEqualTo(1);
        assertThat(database.value("SELECT orphans FROM tidemark.partition_health"))
                .isEqualTo("{" + today + "}");
    }

    /** A dump writes a former partition that has gone as a number; where it is restored, that can be another table's. */
    @Test
    void a_former_partition_that_has_gone_is_no_other_table(Database database) throws Exception {
        ManagedTable table = table(database, ", retention_mode = 'detach', retention_grace = '3 days'");
        assertThat(table.outcomes()).containsExactly("detached", "detached");
        database.execute(
                """
                CREATE TABLE customers (id bigint);
                DO $$ DECLARE gone regclass := (SELECT relation FROM tidemark.detached_partition ORDER BY ends LIMIT 1);
                BEGIN
                  EXECUTE format('DROP TABLE %s', gone);
                  UPDATE tidemark.detached_partition SET relation = 'customers' WHERE relation = gone;
                END $$;
                UPDATE tidemark.detached_partition SET detached_at = detached_at - interval '5 days'""");

        assertThat(table.letGo()).singleElement().satisfies(line -> assertThat(line.get(0))
                .startsWith("public.log_y"));
        assertThat(database.number("SELECT count(*) FROM customers")).isZero();
    }
}
