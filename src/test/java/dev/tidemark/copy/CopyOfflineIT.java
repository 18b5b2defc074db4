package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Runbook;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table without a key, with rows that occur several times, is copied while its writers wait. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise =
                "a table without a key is copied while its writers wait: no row lost or doubled, no statement fails, readers go on")
class CopyOfflineIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

    /** Every row three times, a third of the values NULL, some rows NULL but for their time. */
    private static final String START =
            """
            CREATE TABLE events (n int, at timestamptz NOT NULL, words text, exact numeric);
            CREATE INDEX events_at ON events (at);
            CREATE INDEX ON events (n) WHERE n > 5;
            INSERT INTO events SELECT nullif(i % 7, 0), '2026-01-01 00:00Z'::timestamptz + i % 1000 * interval '10 minutes', nullif('w' || i % 3, 'w0'), 1.10
              FROM generate_series(1, 3000) AS i, generate_series(1, 3);
            INSERT INTO events (at) SELECT '2026-01-03 00:00Z' FROM generate_series(1, 5)""";

    private static CopyScenario scenario(Database database, int workers) {
        return CopyScenario.ofEvents(database).workers(workers).maxPause(MAX_PAUSE);
    }

    private static String kind(Database database) {
        return database.value(
                "SELECT count(*) || ' ' || count(h) FROM pg_class AS c LEFT JOIN timescaledb_information.hypertables AS h"
                        + " ON h.hypertable_name = c.relname WHERE c.oid = 'public.events'::regclass");
    }

    /** Committed rows that it wrote, how long the longest statement took, and what failed. */
    private record Written(long rows, Duration longest, List<String> errors) {}

    /** Writes and reads one after the other until it is told to stop; no statement is tried twice. */
    private static final class Application {
        private volatile boolean stopped;
        private final CompletableFuture<Written> writer;
        private final CompletableFuture<Written> reader;

        Application(Database database) {
            writer = CompletableFuture.supplyAsync(() -> repeat(
                    database,
                    "INSERT INTO events SELECT n, at, words, exact FROM events WHERE n = 3 ORDER BY at LIMIT 1"));
            reader = CompletableFuture.supplyAsync(
                    () -> repeat(
                            database,
                            "DO $$ BEGIN IF (SELECT count(*) FROM events) < 9005 THEN RAISE 'rows are missing'; END IF; END $$"));
        }

        private Written repeat(Database database, String sql) {
            List<String> errors = Collections.synchronizedList(new ArrayList<>());
            long done = 0;
            Duration longest = Duration.ZERO;
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                while (!stopped) {
                    long start = System.nanoTime();
                    try {
                        statement.execute(sql);
                        done++;
                    } catch (SQLException e) {
                        errors.add(e.getMessage());
                    }
                    Duration took = Duration.ofNanos(System.nanoTime() - start);
                    longest = took.compareTo(longest) > 0 ? took : longest;
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return new Written(done, longest, errors);
        }

        Written stop() throws Exception {
            stopped = true;
            Written read = reader.get(1, TimeUnit.MINUTES);
            assertThat(read.errors()).isEmpty();
            assertThat(read.rows()).isPositive();
            return writer.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void goes_there_and_back_and_there_again_beside_an_application(Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = scenario(database, 2);
        Application application = new Application(database);

        Outcome there = scenario.convert();
        assertThat(kind(database)).isEqualTo("1 1");
        Outcome back = scenario.goBack();
        assertThat(kind(database)).isEqualTo("1 0");
        scenario.convert();
        Written written = application.stop();

        assertThat(written.errors()).isEmpty();
        assertThat(written.longest()).isLessThan(MAX_PAUSE);
        Rows after = Rows.of(database, "events");
        assertThat(after.count()).isEqualTo(before.count() + written.rows());
        assertThat(there.proofs())
                .anyMatch(p -> p.startsWith("contents of \"public\".\"events\": ") && p.endsWith("before and after"));
        assertThat(back.proofs()).anyMatch(p -> p.contains("way back") && p.contains("contents"));
        assertThat(database.column("SELECT indexname FROM pg_indexes WHERE tablename = 'events' ORDER BY 1"))
                .containsExactly("events_at", "events_n_idx");
        assertThat(database.number("SELECT count(*) FROM events WHERE n IS NULL AND words IS NULL AND exact IS NULL"))
                .isEqualTo(5);
    }

    /** With one connection writers cannot be held off across transactions, so what they write in between sends it back to copy anew. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void keeps_equal_rows_without_an_application(int workers, Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = scenario(database, workers);

        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("DELETE FROM events WHERE ctid IN (SELECT max(ctid) FROM events WHERE n = 1);"
                + " UPDATE events SET words = NULL WHERE n = 2; INSERT INTO events SELECT * FROM events WHERE n = 4");
        Rows changed = Rows.of(database, "events");
        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(changed);
        assertThat(changed).isNotEqualTo(before);
    }

    /** Somebody reads under one snapshot from before; he is waited for, and sees every row. */
    @Test
    void a_snapshot_from_before_misses_nothing(Database database) throws Exception {
        database.execute(START);
        try (Connection reader = database.connect();
                Statement statement = reader.createStatement()) {
            statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
            statement.execute("SELECT 1 FROM pg_class LIMIT 1");
            CompletableFuture<Outcome> conversion = CompletableFuture.supplyAsync(() -> {
                try {
                    return scenario(database, 2).convert();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until(
                    "the cutover has begun",
                    Duration.ofMinutes(1),
                    () -> database.number("SELECT count(*) FROM pg_class WHERE relname = 'events_new'") == 1
                            && database.number(
                                            "SELECT count(*) FROM tidemark.step WHERE state = 'DONE' AND id = 'statistics'")
                                    == 1);
            try (var row = statement.executeQuery("SELECT count(*) FROM events")) {
                row.next();
                assertThat(row.getLong(1)).isEqualTo(9005);
            }
            statement.execute("COMMIT");
            assertThat(conversion.get(2, TimeUnit.MINUTES).result()).isEqualTo(Outcome.Result.DONE);
        }
    }

    /** What the copy had before was another's: the proof finds it, whoever put it there. */
    @Test
    void a_row_that_somebody_puts_into_the_copy_is_found(Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = scenario(database, 2)
                .before(
                        "cutover",
                        () -> database.execute(
                                "CREATE FUNCTION once_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.exact := 1.1; RETURN NEW; END $$;"
                                        + " CREATE TRIGGER altered BEFORE INSERT ON events_new FOR EACH ROW WHEN (NEW.n = 5) EXECUTE FUNCTION once_more()"));

        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM500", "and its copy differ", "9005 rows");

        assertThat(Rows.of(database, "events")).isEqualTo(before);
        scenario.abort();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
    }

    @Test
    void the_plan_says_who_waits_and_what_else_could_be_done(Database database) throws Exception {
        database.execute(START + "; INSERT INTO events SELECT n, at, words, exact FROM events, generate_series(1, 5)");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            Plan plan = tidemark.plan(scenario(database, 2).request());
            Plan refused = tidemark.plan(CopyScenario.ofEvents(database)
                    .maxPause(Duration.ofMillis(100))
                    .request());

            assertThat(plan.isGo()).isTrue();
            assertThat(Runbook.of(plan).replaceAll("\\s+", " "))
                    .contains(
                            "TM305 note: ",
                            "It is copied while its writers wait, about 0.",
                            "readers go on. Its way back takes as long.",
                            "before that for the writers of \"public\".\"events\" alone");
            assertThat(refused.isGo()).isFalse();
            assertThat(Runbook.of(refused).replaceAll("\\s+", " "))
                    .contains("TM302 blocks: ", "CREATE UNIQUE INDEX CONCURRENTLY", "maxPause=\"1 seconds\" at least");
        }
    }

    @Test
    @PostgresTest(needs = CLIENT_PROGRAMS)
    void printed_sql_does_the_same(Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "events");
        List<String> there;
        List<String> back;
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            there = tidemark.script(scenario(database, 2).request());
            back = tidemark.undoScript(scenario(database, 2).request());
        }

        psql(database, there);
        assertThat(kind(database)).isEqualTo("1 1");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("INSERT INTO events SELECT * FROM events WHERE n = 4");
        Rows changed = Rows.of(database, "events");
        psql(database, back);

        assertThat(kind(database)).isEqualTo("1 0");
        assertThat(Rows.of(database, "events")).isEqualTo(changed);
    }

    private static void psql(Database database, List<String> script) {
        Output output = database.psql(String.join(";\n", script) + ";\n");
        assertThat(output.exitCode()).as(output.stderr()).isZero();
    }
}
