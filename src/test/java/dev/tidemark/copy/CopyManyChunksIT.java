package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** With the number of chunks some statements take the server's memory, with its square at that, and others its room for locks. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "copies from and into hundreds of parts use up neither the server's memory nor its locks")
class CopyManyChunksIT {
    private static final int CHUNKS = 600;
    /** What a primary key made last takes with 600 chunks is 1.8 GB; the rest of the run takes 50 MB. */
    private static final long MOST_KILOBYTES = 400_000;
    /** The windows take three locks for each chunk; dropping all at once would take six, for what belongs to TOAST besides. */
    private static final long MOST_LOCKS = 4L * CHUNKS;

    @Test
    void the_server_keeps_its_memory_and_its_locks(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at));
                INSERT INTO events SELECT n, '2022-01-01 00:00Z'::timestamptz + n * interval '12 hours', 'b' || n FROM generate_series(1, %s * 2) AS n;
                CREATE INDEX ON events (at);
                CREATE UNIQUE INDEX ON events (at, body)"""
                        .formatted(CHUNKS));
        CopyScenario scenario = CopyScenario.ofEvents(database);

        long memory = most(
                database,
                scenario::convert,
                "(regexp_match(pg_read_file('/proc/' || a.pid || '/status', 0, 4000, true), 'RssAnon:\\s+(\\d+)'))[1]::bigint");
        assertThat(memory).isPositive().isLessThan(MOST_KILOBYTES);
        assertThat(database.number("SELECT count(*) FROM show_chunks('events')"))
                .isEqualTo(CHUNKS + 1);
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));

        long locks = most(
                database,
                scenario::goBack,
                "(SELECT count(*) FROM pg_locks AS l WHERE l.pid = a.pid AND l.mode = 'AccessExclusiveLock')");
        assertThat(locks).isPositive().isLessThan(MOST_LOCKS);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(2L * CHUNKS);
        assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                .isZero();
    }

    /** It cannot go in the window, so what would keep it from going must be found there. */
    @Test
    void a_retired_table_of_many_partitions_goes_part_by_part(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                DO $$ BEGIN
                    FOR d IN 0..149 LOOP
                        EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                            d, '2026-01-01 00:00Z'::timestamptz + d * interval '24 hours', '2026-01-01 00:00Z'::timestamptz + (d + 1) * interval '24 hours');
                    END LOOP;
                END $$;
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 hour', 'b' || n FROM generate_series(1, 3000) AS n""");
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        database.execute(
                "CREATE VIEW looks_back AS SELECT * FROM events_old; CREATE VIEW looks_at_one AS SELECT * FROM events_7;"
                        + " CREATE FUNCTION takes_one(events_old) RETURNS int LANGUAGE sql AS 'SELECT 1'");

        assertThatThrownBy(() -> finalize(scenario, database))
                .hasMessageContainingAll("events_old", "depend", "looks_back", "looks_at_one", "takes_one");
        assertThat(database.value("SELECT state FROM tidemark.run WHERE kind = 'convertToHypertable'"))
                .isEqualTo("DONE");
        assertThat(database.number("SELECT count(*) FROM looks_back")).isEqualTo(3000);

        database.execute("DROP VIEW looks_back, looks_at_one; DROP FUNCTION takes_one");
        scenario.before("drop-parts", () -> database.execute("CREATE VIEW comes_late AS SELECT * FROM events_old"));
        assertThatThrownBy(() -> finalize(scenario, database)).hasMessageContaining("comes_late");
        assertThatThrownBy(() -> toPlainTable(scenario, database)).hasMessageContaining("Repeat finalizeConversion");

        database.execute("DROP VIEW comes_late");
        finalize(scenario, database);
        assertThat(database.value("SELECT to_regclass('events_old')")).isNull();
        assertThat(database.value("SELECT to_regclass('events_7')")).isNull();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(3000);
        assertThat(database.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'way\\_back\\_%'"))
                .isZero();
    }

    /** Every key was looked up in every chunk: with a thousand of them two hundred keys a second, fewer than an application writes. */
    @Test
    void changes_of_some_days_are_replayed_in_the_chunks_of_these_days(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at));
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '45 seconds', 'b' || n FROM generate_series(1, 1920 * 60) AS n""");
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .workers(1)
                .before(
                        "catch-up",
                        () -> database.execute(
                                "UPDATE events SET body = 'late' WHERE id % 1920 < 50 AND (id / 1920 = 7 OR id / 1920 BETWEEN 40 AND 44);"
                                        + "DELETE FROM events WHERE id % 1920 BETWEEN 100 AND 120 AND id / 1920 BETWEEN 40 AND 44"));
        scenario.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        Await.until(
                "the statistics of its session come",
                Duration.ofSeconds(20),
                () -> database.number(
                                "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE '%events_pkey%'")
                        > 300);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_stat_user_indexes AS s JOIN show_chunks('events') AS c ON c = s.relid WHERE indexrelname LIKE '%events_pkey%' AND idx_scan > 40"))
                .isEqualTo(6);
    }

    private static void finalize(CopyScenario scenario, Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .finalizeConversion(new FinalizeRequest(
                            CopyScenario.EVENTS, "events", Duration.ZERO, false, Duration.ofSeconds(4)));
        }
    }

    private static void toPlainTable(CopyScenario scenario, Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .apply(new ConversionRequest(
                            ConversionRequest.Goal.PLAIN_TABLE,
                            List.of(new ConversionTarget(
                                    CopyScenario.EVENTS,
                                    ConversionTarget.AS_IT_IS,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    List.of(),
                                    List.of(),
                                    Optional.empty())),
                            Options.DEFAULTS));
        }
    }

    /** The most that {@code figure} of any session {@code a} comes to while something is done. */
    private static long most(Database database, CopyScenario.Happening done, String figure) throws Exception {
        CompletableFuture<Void> over = new CompletableFuture<>();
        CompletableFuture<Long> watch = CompletableFuture.supplyAsync(() -> {
            long most = 0;
            while (!over.isDone()) {
                most = Math.max(most, now(database, figure));
            }
            return most;
        });
        try {
            done.run();
        } finally {
            over.complete(null);
        }
        return watch.get();
    }

    private static long now(Database database, String figure) {
        try {
            return database.number("SELECT coalesce(max(" + figure
                    + "), 0) FROM pg_stat_activity AS a WHERE a.datname = current_database()");
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("No such process")) {
                return 0; // A session ended while it was looked at.
            }
            throw e;
        }
    }
}
