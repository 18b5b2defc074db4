package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Verification;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An application writes far ahead just while its table is being attached: it is not refused, and the boundary comes later. */
@PostgresTest(needs = SEVERAL_SESSIONS)
class RowsFarAheadIT {
    private static final String START =
            """
            CREATE TABLE events (id bigint PRIMARY KEY, at %s, note text);
            INSERT INTO events SELECT n, now() - n * interval '1 hour', 'n' || n FROM generate_series(1, 500) AS n""";

    private final Database database;
    private final Attaching attaching;

    RowsFarAheadIT(Database database) {
        this.database = database;
        this.attaching = new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .untilSaidSo();
    }

    @BeforeEach
    void clean() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE; DROP TABLE IF EXISTS events, events_old CASCADE");
    }

    @Test
    void a_row_far_ahead_is_taken_and_moves_the_boundary_on() throws Exception {
        database.execute(START.formatted("timestamptz NOT NULL"));

        // By somebody who may do nothing but that.
        database.execute(
                "DO $$ BEGIN IF to_regrole('tm_writes') IS NULL THEN CREATE ROLE tm_writes; END IF; END $$; GRANT INSERT ON events TO tm_writes");
        Outcome outcome = cutOverWhile(
                "SET ROLE tm_writes; INSERT INTO events VALUES (1000, now() + interval '20 days', 'far ahead'); RESET ROLE");

        assertThat(outcome.result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.number("SELECT count(*) FROM events_old")).isEqualTo(501);
        assertThat(
                        database.value(
                                "SELECT (purpose::timestamptz > now() + interval '23 days')::text FROM tidemark.object WHERE kind = 'boundary'"))
                .isEqualTo("true");
        assertThat(database.number("SELECT count(*) FROM pg_constraint WHERE conname = 'tidemark_bound'"))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM pg_proc WHERE proname LIKE 'beyond%'")
                        + database.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'beyond%'"))
                .isZero();
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(501);
    }

    /** It is written when the proof is done and the window waits for its lock. */
    @Test
    void the_window_finds_it_too() throws Exception {
        database.execute(START.formatted("timestamptz NOT NULL"));
        Connection writer = database.connect();
        try (writer;
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            Outcome outcome = cutOverWhile(() -> statement.execute("LOCK TABLE events IN ROW EXCLUSIVE MODE"), () -> {
                Await.until(
                        "the window waits",
                        Duration.ofMinutes(1),
                        () -> database.number(
                                        "SELECT count(*) FROM pg_locks WHERE relation = 'events'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted")
                                == 1);
                statement.execute("INSERT INTO events VALUES (1000, now() + interval '20 days', 'far ahead')");
                writer.commit();
            });

            assertThat(outcome.result()).isEqualTo(Outcome.Result.DONE);
        }
        assertThat(database.number("SELECT count(*) FROM tidemark.lock_log WHERE outcome = 'TM409'"))
                .isPositive();
        assertThat(database.number("SELECT count(*) FROM events_old")).isEqualTo(501);
    }

    @Test
    void a_row_without_a_time_is_taken_and_named() throws Exception {
        database.execute(START.formatted("timestamptz"));

        assertThatThrownBy(() -> cutOverWhile("INSERT INTO events VALUES (1000, NULL, 'no time')"))
                .hasStackTraceContaining("TM172")
                .hasStackTraceContaining("no finite");

        database.execute("DELETE FROM events WHERE id = 1000");
        assertThat(attaching.cutover().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.number("SELECT count(*) FROM events_old")).isEqualTo(500);
    }

    @Test
    void attaching_reads_nothing_in_its_window() throws Exception {
        database.execute(START.formatted("timestamptz"));
        database.execute("ALTER TABLE events DROP CONSTRAINT events_pkey");
        attaching.verification(Verification.NONE).convert();
        long before = scans("events");

        attaching.cutover();

        // The look for the latest row, and validating the CHECK; SET NOT NULL and ATTACH would be two more.
        Await.until("statistics of reading", Duration.ofMinutes(1), () -> scans("events_old") >= before + 2);
        assertThat(scans("events_old")).isEqualTo(before + 2);
    }

    private long scans(String table) {
        return database.number("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = '" + table + "'");
    }

    private interface Happening {
        void run() throws SQLException;
    }

    private Outcome cutOverWhile(String statement) throws Exception {
        return cutOverWhile(() -> database.execute(statement), () -> {});
    }

    /** The room for later rows cannot be made before the first has happened, which comes after the proof. */
    private Outcome cutOverWhile(Happening first, Happening then) throws Exception {
        attaching.convert();
        String parent = database.value(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace");
        CompletableFuture<Outcome> cutover;
        Connection holder = database.connect();
        try (holder;
                Statement hold = holder.createStatement()) {
            holder.setAutoCommit(false);
            hold.execute("LOCK TABLE " + parent + " IN ACCESS EXCLUSIVE MODE");
            cutover = CompletableFuture.supplyAsync(this::cutover);
            Await.until("the proof", Duration.ofMinutes(1), () -> proofs() == 1);
            first.run();
            holder.commit();
        }
        then.run();
        return cutover.join();
    }

    private long proofs() {
        return database.number("SELECT count(*) FROM pg_constraint WHERE conname = 'tidemark_bound' AND convalidated");
    }

    private Outcome cutover() {
        try {
            return attaching.cutover();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
