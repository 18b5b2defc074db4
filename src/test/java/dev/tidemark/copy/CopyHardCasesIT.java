package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.schema.Interval;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens seldom, and once lost a row, stopped a run for good, or proved nothing. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a copy follows its table through what happens seldom")
class CopyHardCasesIT {
    private static final UntilCutover MANUAL = new UntilCutover(true, Optional.empty(), OptionalLong.empty());

    private static final String PARTITIONS =
            """
            CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE events_0 PARTITION OF events FOR VALUES FROM ('2025-12-31 00:00Z') TO ('2026-01-01 00:00Z');
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00Z') TO ('2026-01-02 00:00Z');
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 second', 'b' || n FROM generate_series(1, 2000) AS n""";

    private static final String PLAIN =
            """
            CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at));
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '10 seconds', 'b' || n FROM generate_series(1, 2000) AS n""";

    /** Two keys that its own type calls equal and that nobody else does: the row was deleted under the one and looked for under the other. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void a_key_that_changes_its_case_is_followed(int others, Database database) throws Exception {
        database.execute("CREATE EXTENSION citext");
        database.execute(
                """
                CREATE TABLE events (id citext, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at));
                INSERT INTO events SELECT CASE WHEN n > 1000 THEN 'a' ELSE 'B' END || n % 1000, '2026-01-01 00:00Z'::timestamptz + n * interval '10 seconds', 'b' || n
                  FROM generate_series(1, 2000) AS n""");
        CopyScenario scenario = CopyScenario.ofEvents(database).before("cutover", () -> {
            database.execute("UPDATE events SET body = 'q' WHERE body IN (SELECT 'b' || n FROM generate_series(1, "
                    + others + ") AS n)");
            database.execute("UPDATE events SET id = 'A1' WHERE id = 'a1'");
        });

        scenario.convert();

        assertThat(Rows.of(database, "events"))
                .isEqualTo(Rows.of(database, "events_old"))
                .satisfies(rows -> assertThat(rows.count()).isEqualTo(2000));
    }

    /** Of a row whose time changed twice the newer entry lies on an earlier page of the log, and comes in an earlier batch. */
    @Test
    void entries_of_a_key_are_taken_together(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text);
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '10 seconds', 'b' || n FROM generate_series(1, 20000) AS n""");
        CopyScenario scenario = CopyScenario.ofEvents(database).until(MANUAL);
        scenario.convert();
        String log = database.value(
                "SELECT oid::regclass::text FROM pg_class WHERE relname LIKE 'capture\\_%' AND relkind = 'r'");
        database.execute("UPDATE events SET body = 'x' WHERE id <= 5000");
        try (Connection holder = database.connect();
                Connection first = database.connect();
                Connection second = database.connect()) {
            holder.setAutoCommit(false);
            execute(holder, "UPDATE events SET body = 'p' WHERE id = 6000");
            catchUp(scenario, database);
            holder.commit();
            database.execute("VACUUM (INDEX_CLEANUP ON) " + log);
            execute(first, "UPDATE events SET body = 'x' WHERE id = 7000");
            execute(second, "UPDATE events SET body = 'y' WHERE id BETWEEN 1 AND 3000");
            execute(second, "UPDATE events SET at = at + interval '1 day' WHERE id = 4242");
            execute(first, "UPDATE events SET at = at + interval '1 day' WHERE id = 4242");
        }
        Rows rows = Rows.of(database, "events");

        scenario.cutover(new CutoverRequest(CopyScenario.EVENTS));

        assertThat(scenario.state()).isEqualTo("DONE");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    /** What is copied anew because of it is proved too, whenever it comes. */
    @ParameterizedTest
    @ValueSource(strings = {"prove", "judge", "statistics", "cutover"})
    void a_proof_after_a_truncate_says_something(String step, Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario scenario =
                CopyScenario.ofEvents(database).before(step, () -> database.execute("TRUNCATE events_0"));

        scenario.convert();

        assertThat(database.value("SELECT before FROM tidemark.proof WHERE kind = 'contents'"))
                .startsWith("2000 rows");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(2000);
    }

    /** It would make a partition of each day of eight thousand years. */
    @Test
    void a_row_of_another_age_is_named(Database database) throws Exception {
        database.execute(PLAIN.replace("2026-01-01", "2026-11-01"));
        CopyScenario scenario = CopyScenario.ofEvents(database).until(MANUAL);
        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(toPartitions(scenario));
        }
        database.execute("INSERT INTO events VALUES (7, '9999-12-30', 'a wrong age')");

        assertThatThrownBy(() -> catchUp(scenario, database))
                .hasMessageContainingAll("TM172", "10000-01-28", "more than 10000 partitions");

        database.execute("DELETE FROM events WHERE at > '9999-01-01'");
        scenario.cutover(new CutoverRequest(CopyScenario.EVENTS));
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(2000);
    }

    /** Whoever makes a chunk while copying has the other worker wait until his slice is committed. */
    @Test
    void chunks_are_made_before_rows_come(Database database) throws Exception {
        database.execute(PLAIN.replace("10 seconds", "20 minutes") + "; CREATE INDEX ON events (at)");
        String[] before = new String[1];
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "copy",
                        () -> before[0] = database.value(
                                "SELECT count(*) || ' chunks, ' || (SELECT count(*) FROM events_new) || ' rows'"
                                        + " FROM timescaledb_information.chunks WHERE hypertable_name = 'events_new'"));

        scenario.convert();

        assertThat(before[0]).isEqualTo("28 chunks, 0 rows");
        assertThat(database.number(
                        "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'events'"))
                .isEqualTo(28);
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** A few rows that change all the time: their entries are not held in memory, however many. */
    @Test
    void a_key_has_more_entries_than_are_picked(Database database) throws Exception {
        database.execute(PLAIN);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "catch-up",
                        () -> database.execute(
                                "UPDATE events SET body = 'hot' WHERE id < 4; DELETE FROM events WHERE id = 9;"
                                        + " DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO %s (k1, k2) SELECT k1, k2 FROM %1$s, generate_series(1, 40000)', oid::regclass)"
                                        + " FROM pg_class WHERE relname LIKE 'capture\\_%' AND relkind = 'r'); END $$"));

        scenario.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number("SELECT count(*) FROM events WHERE body = 'hot'"))
                .isEqualTo(3);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1999);
    }

    /** Its transaction is still open when room is made, and committed before writers are held off. */
    @Test
    void a_row_beyond_the_last_partition_is_given_room(Database database) throws Exception {
        database.execute(PLAIN.replace("'2026-01-01 00:00Z'::timestamptz", "now() - interval '1 day'"));
        Connection writer = database.connect();
        writer.setAutoCommit(false);
        CopyScenario scenario = CopyScenario.ofEvents(database).before("cutover", () -> {
            execute(writer, "INSERT INTO events VALUES (7000, now() + interval '400 days', 'ahead')");
            CopySnapshotsIT.commitWhenWaitedFor(database, writer).start();
        });

        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(toPartitions(scenario));
        }

        assertThat(scenario.postponed()).singleElement().asString().contains("no partition of relation");
        assertThat(database.value("SELECT body FROM events WHERE id = 7000")).isEqualTo("ahead");
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** Room is made for it by the same statements again, not only by the one that failed. */
    @Test
    void a_row_beyond_the_last_partition_comes_while_changes_are_replayed(Database database) throws Exception {
        database.execute(PLAIN.replace("'2026-01-01 00:00Z'::timestamptz", "now() - interval '1 day'"));
        Thread[] late = new Thread[1];
        CopyScenario scenario = CopyScenario.ofEvents(database).before("catch-up", () -> {
            database.execute(
                    "UPDATE events SET body = 'x'; UPDATE events SET body = 'y'; UPDATE events SET body = 'z'");
            String log = database.value(
                    "SELECT oid::regclass::text FROM pg_class WHERE relname LIKE 'capture\\_%' AND relkind = 'r'");
            // Holds the replay up after room was made.
            Connection holder = database.connect();
            holder.setAutoCommit(false);
            execute(holder, "LOCK TABLE " + log + " IN SHARE MODE");
            late[0] = new Thread(() -> CopyScenario.happen(() -> {
                Await.until(
                        "the replay waits",
                        Duration.ofSeconds(30),
                        () -> database.number("SELECT count(*) FROM pg_locks WHERE relation = '" + log
                                        + "'::regclass AND NOT granted")
                                > 0);
                // The last few entries would be left for the window.
                execute(
                        holder,
                        "INSERT INTO events VALUES (7000, now() + interval '400 days', 'ahead'); INSERT INTO events SELECT 8000 + n, now(), 'new' FROM generate_series(1, 500) AS n");
                holder.commit();
                holder.close();
            }));
            late[0].start();
        });

        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(toPartitions(scenario));
        }

        late[0].join();
        assertThat(scenario.postponed()).singleElement().asString().contains("no partition of relation");
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** Sentinels like the greatest integer: nothing lies beyond them. */
    @ParameterizedTest
    @CsvSource({"integer, 2147483647", "bigint, 9000000000000000000", "smallint, 32767"})
    void a_time_at_the_end_of_its_type(String type, String last, Database database) throws Exception {
        database.execute(
                "CREATE TABLE events (id bigint, at TYPE NOT NULL, body text, PRIMARY KEY (id, at)); CREATE INDEX ON events (at); INSERT INTO events SELECT n, n * 10, 'b' || n FROM generate_series(-500, 2000) AS n; INSERT INTO events VALUES (5000, LAST, 'last')"
                        .replace("TYPE", type)
                        .replace("LAST", last));
        CopyScenario scenario = CopyScenario.ofEvents(database);

        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .apply(with(
                            scenario,
                            ConversionRequest.Goal.HYPERTABLE,
                            Optional.of(Epoch.S),
                            Interval.parse("1 hour")));
        }

        assertThat(Rows.of(database, "events"))
                .isEqualTo(Rows.of(database, "events_old"))
                .satisfies(rows -> assertThat(rows.count()).isEqualTo(2502));
    }

    private static ConversionRequest toPartitions(CopyScenario scenario) {
        ConversionTarget target = scenario.request().tables().get(0);
        return with(
                scenario,
                ConversionRequest.Goal.PARTITIONS,
                target.epoch(),
                target.chunkInterval().orElseThrow());
    }

    private static ConversionRequest with(
            CopyScenario scenario, ConversionRequest.Goal goal, Optional<Epoch> epoch, Interval interval) {
        ConversionRequest request = scenario.request();
        ConversionTarget target = request.tables().get(0);
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        target.table(),
                        target.timeColumn(),
                        epoch,
                        Optional.of(interval),
                        target.retention(),
                        target.compressAfter(),
                        target.segmentBy(),
                        target.orderBy(),
                        target.retiredName(),
                        Optional.of(Partitioning.DEFAULTS).filter(p -> goal == ConversionRequest.Goal.PARTITIONS))),
                request.options());
    }

    /** What is replayed in the retired table is nothing that the application does. */
    @Test
    void triggers_of_single_partitions_rest_until_they_come_back(Database database) throws Exception {
        database.execute("CREATE TABLE audit (what text, id bigint)");
        database.execute(
                """
                CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO public.audit VALUES (TG_OP, coalesce(NEW.id, OLD.id)); RETURN NULL; END $$""");
        database.execute(PARTITIONS);
        database.execute(
                "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON events_1 FOR EACH ROW EXECUTE FUNCTION audit();"
                        + " ALTER TABLE events_1 ENABLE ALWAYS TRIGGER audit");
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        database.execute("UPDATE events SET body = 'x' WHERE id <= 3");

        scenario.goBack();

        assertThat(database.number("SELECT count(*) FROM audit")).isZero();
        assertThat(database.value("SELECT tgenabled FROM pg_trigger WHERE tgname = 'audit'"))
                .isEqualTo("A");
        database.execute("UPDATE events SET body = 'y' WHERE id = 3");
        assertThat(database.value("SELECT string_agg(what || ' ' || id, ', ') FROM audit"))
                .isEqualTo("UPDATE 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {":columns:", ":values:", ":times:", ":tidemark_slice_lower:", "a%1$s", "b%s", "oldest", "beyond"
            })
    void names_that_look_like_ours_are_names(String name, Database database) throws Exception {
        database.execute(PLAIN.replace("body text", "\"" + name + "\" text"));
        Rows rows = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database);

        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);

        scenario.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    @Test
    void nothing_is_left_to_catch_up_with_after_the_cutover(Database database) throws Exception {
        database.execute(PLAIN);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();

        assertThatThrownBy(() -> catchUp(scenario, database)).hasMessageContaining("has had its cutover");
    }

    private static void catchUp(CopyScenario scenario, Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).catchUp(CopyScenario.EVENTS);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
