package dev.tidemark;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.journal.Journal;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Rows of a DEFAULT partition while the application goes on. A transaction with an old snapshot keeps the conversion between the copy and the
 * cutover; that is when everybody writes.
 */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "rows of a DEFAULT partition are never out of sight, whatever is written meanwhile")
class DefaultPartitionIT {
    private static final TableName EVENTS = new TableName("public", "events");

    private static final String START =
            """
            CREATE TABLE place (name text PRIMARY KEY);
            INSERT INTO place VALUES ('here'), ('there');
            CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, "we%%ird ""na'me" text,
              twice bigint GENERATED ALWAYS AS (id * 2) STORED, place text REFERENCES place ON DELETE CASCADE ON UPDATE CASCADE,
              unused int, %s) PARTITION BY RANGE (at);
            ALTER TABLE events DROP COLUMN unused;
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-11-05 00:00+00') TO ('2026-11-06 00:00+00');
            CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-11-06 00:00+00') TO ('2026-11-07 00:00+00');
            CREATE TABLE events_rest PARTITION OF events DEFAULT;
            INSERT INTO events (at, "we%%ird ""na'me", place)
            SELECT '2026-11-01 00:00+00'::timestamptz + g * interval '10 minutes', 'row ' || g, 'here' FROM generate_series(0, 1439) AS g;
            CREATE TABLE ledger AS SELECT * FROM events""";

    private static final String WITH_KEY = START.formatted("PRIMARY KEY (id, at)");
    private static final String WITHOUT_KEY = START.formatted("CHECK (id > 0)");

    private static final String COPIED =
            "SELECT count(*) FROM tidemark.proof WHERE kind = 'rows copied out of DEFAULT' AND before = after";

    private static final String WAITING =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

    /** A conversion sleeps between its parts too; a snapshot from then would be one that it waits for. */
    private static final String WAITING_FOR_SNAPSHOTS = WAITING + " AND query LIKE '%horizon xid8%'";

    /** Every kind of write, into the table and into what it is compared with; %1$s stands for either. */
    private static final List<String> WRITES = List.of(
            "INSERT INTO %1$s (id, at, place) OVERRIDING SYSTEM VALUE VALUES (%2$s + 1, '2026-11-09 00:00:01+00', 'there')",
            "INSERT INTO %1$s (id, at, place) OVERRIDING SYSTEM VALUE VALUES (%2$s + 2, '2026-12-24 00:00:01+00', 'there')",
            "INSERT INTO %1$s (id, at, place) OVERRIDING SYSTEM VALUE VALUES (%2$s + 3, '1999-12-31 00:00:01+00', 'there')",
            "UPDATE %1$s SET \"we%%ird \"\"na'me\" = 'changed' WHERE id %% 7 = %2$s %% 7",
            "UPDATE %1$s SET at = at + interval '1 day' WHERE id %% 11 = %2$s %% 11",
            "UPDATE %1$s SET at = at - interval '9 days' WHERE id %% 13 = %2$s %% 13 AND at > '2026-11-08 00:00+00'",
            "UPDATE %1$s SET at = '2026-11-05 12:00+00' WHERE id %% 17 = %2$s %% 17 AND at < '2026-11-03 00:00+00'",
            "UPDATE %1$s SET at = '2026-11-03 12:00+00' WHERE id %% 19 = %2$s %% 19 AND at >= '2026-11-06 00:00+00'",
            "DELETE FROM %1$s WHERE id %% 23 = %2$s %% 23");

    private final ExecutorService background = Executors.newCachedThreadPool();

    private static ConversionRequest request() {
        return Requests.adopt(EVENTS, "at", Optional.empty(), "1 day");
    }

    @AfterEach
    void end() {
        background.shutdownNow();
    }

    @Test
    void no_snapshot_misses_a_row(Database database) throws Exception {
        database.execute(WITH_KEY);
        try (Connection older = snapshot(database);
                Connection younger = database.connect()) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            await(database, WAITING_FOR_SNAPSHOTS, 1);

            assertThat(seen(older)).isEqualTo("1440 1 1");
            younger.setAutoCommit(false);
            younger.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            one(younger, "SELECT pg_current_snapshot()::text");
            older.rollback();
            conversion.get(60, TimeUnit.SECONDS);

            assertThat(seen(younger))
                    .as("a snapshot from between copy and cutover")
                    .isEqualTo("1440 1 1");
        }
        assertThat(database.number("SELECT count(*) FROM ONLY events_rest")).isZero();
        assertThat(database.number("SELECT count(*) FROM show_chunks('events')"))
                .isEqualTo(10);
        assertThat(database.number(
                        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conname = 'events_place_fkey'"
                                + " AND conrelid IN (SELECT show_chunks('events'))"))
                .as("chunks with the foreign key")
                .isEqualTo(10);
    }

    @Test
    void every_write_in_between_arrives(Database database) throws Exception {
        database.execute(WITH_KEY);
        writesArrive(database);
    }

    @Test
    void every_write_in_between_arrives_without_a_key(Database database) throws Exception {
        database.execute(WITHOUT_KEY);
        writesArrive(database);
    }

    private void writesArrive(Database database) throws Exception {
        try (Connection older = snapshot(database)) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            // A row that nobody else writes to: the copy of it is out of sight for this snapshot.
            for (String table : List.of("events", "ledger")) {
                older.createStatement()
                        .execute("UPDATE " + table
                                + " SET \"we%ird \"\"na'me\" = 'from an old snapshot' WHERE id = 1154");
            }
            write(database, Connection.TRANSACTION_READ_COMMITTED, 10_000);
            assertThat(database.column("SELECT DISTINCT why FROM tidemark.default_note"))
                    .as("what was not followed at once: rows where no copy is yet")
                    .containsExactly("query returned no rows");
            write(database, Connection.TRANSACTION_REPEATABLE_READ, 20_001);
            write(database, Connection.TRANSACTION_SERIALIZABLE, 30_002);
            write(database, Connection.TRANSACTION_READ_COMMITTED, 40_003);
            database.execute("UPDATE place SET name = 'elsewhere' WHERE name = 'there';"
                    + "UPDATE ledger SET place = 'elsewhere' WHERE place = 'there'");
            older.commit();
            conversion.get(60, TimeUnit.SECONDS);
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
        assertThat(database.number("SELECT count(*) FROM tidemark.lock_log WHERE outcome = 'TM409'"))
                .as("attempts that found something not copied")
                .isPositive();
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).undo(List.of(EVENTS));
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
        assertThat(database.number("SELECT count(*) FROM pg_proc WHERE proname LIKE 'default_writes%'"))
                .isZero();
    }

    @Test
    void a_writer_that_never_stops_loses_nothing(Database database) throws Exception {
        database.execute(WITH_KEY);
        Future<Integer> writer = background.submit(() -> {
            int rounds = 0;
            while (database.number("SELECT count(*) FROM pg_class WHERE oid = to_regclass('stop')") == 0) {
                write(
                        database,
                        rounds % 3 == 0
                                ? Connection.TRANSACTION_REPEATABLE_READ
                                : Connection.TRANSACTION_READ_COMMITTED,
                        100_000 + 1_000 * rounds);
                rounds++;
            }
            return rounds;
        });
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request());
            Tidemark.on(connection).undo(List.of(EVENTS));
            Tidemark.on(connection).apply(request());
        }
        database.execute("CREATE TABLE stop ()");
        assertThat(writer.get(60, TimeUnit.SECONDS)).isPositive();
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
    }

    @Test
    void what_cannot_be_followed_is_copied_anew(Database database) throws Exception {
        database.execute(WITH_KEY);
        try (Connection older = snapshot(database)) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            database.execute(
                    "DELETE FROM ledger WHERE at < '2026-11-05 00:00+00' OR at >= '2026-11-07 00:00+00'; TRUNCATE events_rest");
            write(database, Connection.TRANSACTION_READ_COMMITTED, 50_000);
            database.execute(
                    """
                    CREATE TABLE events_3 (LIKE events INCLUDING GENERATED INCLUDING INDEXES);
                    ALTER TABLE events_3 ADD FOREIGN KEY (place) REFERENCES place ON DELETE CASCADE ON UPDATE CASCADE;
                    INSERT INTO events_3 (id, at, "we%ird ""na'me", place)
                    SELECT id, at, "we%ird ""na'me", place FROM ONLY events_rest WHERE at >= '2026-11-09 00:00+00' AND at < '2026-11-10 00:00+00';
                    DELETE FROM events_rest WHERE at >= '2026-11-09 00:00+00' AND at < '2026-11-10 00:00+00';
                    ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2026-11-09 00:00+00') TO ('2026-11-10 00:00+00')""");
            older.rollback();
            conversion.get(60, TimeUnit.SECONDS);
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
    }

    @Test
    void a_row_that_belongs_nowhere_stops_the_run_and_abort_leaves_no_trace(Database database) throws Exception {
        database.execute(WITH_KEY);
        String before = dump(database);
        try (Connection older = snapshot(database)) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            database.execute("INSERT INTO events (at) VALUES ('infinity')");
            older.rollback();
            assertThatThrownBy(() -> conversion.get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("rows of \"public\".\"events_rest\" have no time, or an infinite one");
        }
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1441);
        database.execute(
                "DELETE FROM events WHERE at = 'infinity'; SELECT setval(pg_get_serial_sequence('events', 'id'), 1440)");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).abort(EVENTS);
        }
        assertThat(dump(database)).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM pg_proc WHERE proname LIKE 'default_writes%'"))
                .isZero();
    }

    @Test
    void a_copy_that_was_killed_in_a_slice_goes_on(Database database) throws Exception {
        database.execute(WITH_KEY);
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), "tidemark").install();
        }
        database.execute(
                """
                CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
                CREATE TRIGGER hold BEFORE UPDATE ON tidemark.default_copy FOR EACH ROW WHEN (NEW.lower_text LIKE '2026-11-08%') EXECUTE FUNCTION public.hold()""");
        Future<?> conversion = convert(database);
        await(database, WAITING, 1);
        assertThat(database.number(
                        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                                + " AND datname = current_database()) AS hit"))
                .isEqualTo(1);
        assertThatThrownBy(() -> conversion.get(60, TimeUnit.SECONDS)).hasMessageContaining("lost its connection");
        assertThat(database.number("SELECT count(*) FROM tidemark.default_copy"))
                .isBetween(4L, 6L);
        database.execute("DROP TRIGGER hold ON tidemark.default_copy; DROP FUNCTION public.hold");
        write(database, Connection.TRANSACTION_READ_COMMITTED, 60_000);

        convert(database).get(60, TimeUnit.SECONDS);

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
        assertThat(database.column("SELECT state FROM tidemark.run")).containsExactly("DONE");
    }

    @Test
    void a_column_that_comes_meanwhile_stops_the_run_and_abort_keeps_its_values(Database database) throws Exception {
        database.execute(WITH_KEY);
        try (Connection older = snapshot(database)) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            database.execute(
                    "ALTER TABLE events ADD COLUMN later int DEFAULT 5; ALTER TABLE ledger ADD COLUMN later int DEFAULT 5;"
                            + "UPDATE events SET later = 6 WHERE id = 1; UPDATE ledger SET later = 6 WHERE id = 1");
            older.rollback();
            assertThatThrownBy(() -> conversion.get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("columns of \"public\".\"events\" have changed since the plan");
        }
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).abort(EVENTS);
            Tidemark.on(connection).apply(request());
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
    }

    @Test
    void a_trigger_on_truncate_does_not_fire_and_keeps_its_state(Database database) throws Exception {
        database.execute(WITH_KEY);
        database.execute(
                """
                CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$never$$; END';
                CREATE TRIGGER never BEFORE TRUNCATE ON events_rest EXECUTE FUNCTION never();
                ALTER TABLE events_rest ENABLE ALWAYS TRIGGER never""");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request());
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
        assertThat(database.column("SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'never'"))
                .containsExactly("A");
    }

    @Test
    void a_parent_may_go_with_its_children_whatever_their_snapshot(Database database) throws Exception {
        database.execute(WITH_KEY.replace("ON DELETE CASCADE ON UPDATE CASCADE", ""));
        for (String table : List.of("events", "ledger")) {
            database.execute("UPDATE " + table + " SET place = 'there' WHERE id % 50 = 0");
        }
        try (Connection older = snapshot(database);
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            Future<?> conversion = convert(database);
            await(database, COPIED, 1);
            writer.setAutoCommit(false);
            writer.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            for (String table : List.of("events", "ledger")) {
                statement.execute("DELETE FROM " + table + " WHERE place = 'there'");
            }
            statement.execute("DELETE FROM place WHERE name = 'there'");
            writer.commit();
            older.rollback();
            conversion.get(60, TimeUnit.SECONDS);
        }
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "ledger"));
        assertThatThrownBy(() ->
                        database.execute("INSERT INTO events (at, place) VALUES ('2026-11-09 00:00+00', 'there')"))
                .hasMessageContaining("events_place_fkey");
    }

    @Test
    void copies_are_for_nobody_whom_the_table_is_not_for(Database database) throws Exception {
        database.execute(WITH_KEY);
        database.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request());
        }
        assertThat(database.number("SELECT count(*) FROM show_chunks('events') AS c JOIN pg_class AS r ON r.oid = c,"
                        + " aclexplode(r.relacl) AS a WHERE a.grantee = 0"))
                .isZero();
    }

    /** Without the random word that newer versions of pg_dump write. */
    private static String dump(Database database) {
        return database.pgDump("--schema=public").stdout().replaceAll("(?m)^\\\\(un)?restrict .*$", "");
    }

    /** In a transaction of its own: each write, there and in the ledger. */
    private static void write(Database database, int isolation, int key) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setTransactionIsolation(isolation);
            connection.setAutoCommit(false);
            for (String write : WRITES) {
                try {
                    for (String table : List.of("events", "ledger")) {
                        statement.execute(write.formatted(table, key));
                    }
                    statement.execute("UPDATE ledger SET twice = id * 2 WHERE twice IS DISTINCT FROM id * 2");
                    connection.commit();
                } catch (SQLException e) {
                    // TM163: after the cutover a row cannot be moved from chunk to chunk.
                    if (!e.getSQLState().equals("23514")) {
                        throw e;
                    }
                    connection.rollback();
                }
            }
        }
    }

    private Future<?> convert(Database database) {
        Callable<?> work = () -> {
            try (Connection connection = database.connect()) {
                return Tidemark.on(connection).apply(request());
            }
        };
        return background.submit(work);
    }

    /** A transaction whose snapshot is taken, and which has not touched the table yet. */
    private static Connection snapshot(Database database) throws SQLException {
        Connection connection = database.connect();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        one(connection, "SELECT pg_current_snapshot()::text");
        return connection;
    }

    /** All rows, a row of DEFAULT by its time, a row of a partition by its time. */
    private static String seen(Connection connection) throws SQLException {
        return one(connection, "SELECT count(*) FROM events") + " "
                + one(connection, "SELECT count(*) FROM events WHERE at = '2026-11-09 00:00+00'") + " "
                + one(connection, "SELECT count(*) FROM events WHERE at = '2026-11-05 00:00+00'");
    }

    private static String one(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void await(Database database, String query, long wanted) {
        Await.until(
                query + " = " + wanted,
                Duration.ofSeconds(30),
                () -> database.number("SELECT count(*) FROM pg_class WHERE oid = to_regclass('tidemark.proof')") == 1
                        && database.number(query) == wanted);
    }
}
