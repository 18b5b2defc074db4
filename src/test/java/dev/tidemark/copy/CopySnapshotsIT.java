package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever reads with a snapshot from before the cutover sees afterwards what that snapshot saw; nobody's open transaction is lost. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "a reader with an old snapshot misses no row of a copy")
class CopySnapshotsIT {
    private static final String COUNT = "SELECT count(*) || ' ' || sum(length(body)) FROM events";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** A transaction with one snapshot that has not read the table yet. */
    private static Connection reader(Database database) throws SQLException {
        Connection connection = database.connect();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        value(connection, "SELECT count(*) FROM pg_class");
        return connection;
    }

    private static String value(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void the_cutover_waits_for_a_snapshot_from_before(int connections, Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        Connection[] opened = new Connection[1];
        String[] seen = new String[1];
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(connections);
        scenario.before("cutover", () -> {
                    // Seen by its snapshot, and not yet in the copy; then what it must not see.
                    database.execute("UPDATE events SET body = 'late' WHERE id < 50");
                    opened[0] = reader(database);
                    database.execute("UPDATE events SET body = 'later' WHERE id BETWEEN 50 AND 99");
                })
                .whenPostponed(() -> {
                    // Writers and readers go on meanwhile.
                    assertThat(
                                    database.number(
                                            "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = 'events'"))
                            .isZero();
                    seen[0] = value(opened[0], COUNT);
                    opened[0].commit();
                    opened[0].close();
                });

        scenario.convert();

        assertThat(scenario.postponed()).hasSize(1).first().asString().contains("has worked with an old snapshot");
        assertThat(seen[0]).isEqualTo("5499 " + (5449 * 500 + 50 * 4));
        assertThat(database.value(COUNT)).isEqualTo("5499 " + (5399 * 500 + 50 * 4 + 50 * 5));
    }

    /** Its snapshot is taken while the cutover holds its locks, and used after. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_snapshot_taken_during_the_cutover_misses_nothing(int connections, Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        // In the middle of the exchange of names.
        database.execute("CREATE SCHEMA slow");
        database.execute(
                """
                CREATE FUNCTION slow.down() RETURNS event_trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.events_old') THEN
                        PERFORM pg_sleep(0.7);
                    END IF;
                END $$;
                CREATE EVENT TRIGGER slow_down ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION slow.down()""");
        CompletableFuture<String> seen = new CompletableFuture<>();
        Thread late = new Thread(() -> {
            try {
                // Who sleeps without this lock waits for older snapshots, before the cutover.
                Await.until(
                        "the cutover is halfway",
                        LIMIT,
                        () -> database.number(
                                        "SELECT count(*) FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid) WHERE a.datname = current_database()"
                                                + " AND a.wait_event = 'PgSleep' AND l.granted AND l.mode = 'AccessExclusiveLock'"
                                                + " AND l.relation = coalesce(to_regclass('events_old'), 'events'::regclass)")
                                > 0);
                try (Connection connection = reader(database)) {
                    seen.complete(value(connection, COUNT));
                    connection.commit();
                }
            } catch (Throwable e) {
                seen.completeExceptionally(e);
            }
        });
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(connections);
        Connection writer = database.connect();
        writer.setAutoCommit(false);
        scenario.before("cutover", () -> {
            execute(writer, "UPDATE events SET body = 'late' WHERE id < 50");
            commitWhenWaitedFor(database, writer).start();
            late.start();
        });

        scenario.convert();
        database.execute("DROP EVENT TRIGGER slow_down");

        assertThat(seen.get()).isEqualTo("5499 " + (5449 * 500 + 50 * 4));
    }

    /** What is committed then is replayed in the window. */
    static Thread commitWhenWaitedFor(Database database, Connection writer) {
        return new Thread(() -> CopyScenario.happen(() -> {
            Await.until(
                    "the cutover waits for the writer",
                    LIMIT,
                    () -> database.number(
                                    "SELECT count(*) FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted"
                                            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                            > 0);
            writer.commit();
            writer.close();
        }));
    }

    /** One message with several statements looks like one statement to everybody else. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_transaction_begun_with_its_first_statement_is_waited_for(int connections, Database database)
            throws Exception {
        database.execute(CopyChangesIT.START);
        CompletableFuture<String> seen = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                seen.complete(database.psql(
                                "\\t\n\\a\nBEGIN ISOLATION LEVEL REPEATABLE READ\\; SELECT FROM pg_class LIMIT 0\\; SELECT 1 FROM pg_sleep(2);\n"
                                        + COUNT + ";\nCOMMIT;\n")
                        .succeeded()
                        .stdout());
            } catch (Throwable e) {
                seen.completeExceptionally(e);
            }
        });
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(connections);
        scenario.before("cutover", () -> {
            database.execute("UPDATE events SET body = 'late' WHERE id < 50");
            reader.start();
            Await.until(
                    "it reads",
                    LIMIT,
                    () -> database.number(
                                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
                            > 0);
        });

        scenario.convert();

        assertThat(seen.get().lines()).contains("5499 " + (5449 * 500 + 50 * 4));
    }

    /** Open since before the log was last read, committed afterwards. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void what_is_committed_late_is_there(int connections, Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        Connection writer = database.connect();
        writer.setAutoCommit(false);
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(connections);
        scenario.before("copy", () -> execute(writer, "UPDATE events SET body = 'late' WHERE id < 50"))
                .before("cutover", () -> execute(writer, "INSERT INTO events VALUES (-1, '2026-01-02', -1, 1, 'late')"))
                .whenPostponed(() -> {
                    writer.commit();
                    writer.close();
                });

        scenario.convert();

        assertThat(database.number("SELECT count(*) FROM events WHERE body = 'late'"))
                .isEqualTo(51);
        assertThat(dev.tidemark.testing.Rows.of(database, "events"))
                .isEqualTo(dev.tidemark.testing.Rows.of(database, "events_old"));
    }

    /** The same after the cutover, before the way back. */
    @Test
    void the_way_back_waits_too(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        Connection[] opened = new Connection[1];
        String[] seen = new String[1];
        scenario.beforeBack("cutover", () -> {
                    // Seen by its snapshot, and not yet in the copy; then what it must not see.
                    database.execute("UPDATE events SET body = 'late' WHERE id < 50");
                    opened[0] = reader(database);
                    database.execute("UPDATE events SET body = 'later' WHERE id BETWEEN 50 AND 99");
                })
                .whenPostponed(() -> {
                    seen[0] = value(opened[0], COUNT);
                    opened[0].commit();
                    opened[0].close();
                });

        scenario.goBack();

        assertThat(scenario.postponed()).hasSize(1);
        assertThat(seen[0]).isEqualTo("5499 " + (5449 * 500 + 50 * 4));
        assertThat(database.value(COUNT)).isEqualTo("5499 " + (5399 * 500 + 50 * 4 + 50 * 5));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
