package dev.tidemark.testing;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The witnesses must see what they are there to see: a lost row, a long wait, a failed statement, a doubled row. */
@PostgresTest(needs = SEVERAL_SESSIONS)
class WitnessesIT {

    private static final int CONNECTIONS = 8;

    @Test
    void a_writer_keeps_its_rate_and_a_ledger_of_what_was_confirmed(Database database) throws Exception {
        database.execute("CREATE TABLE t (id bigint PRIMARY KEY, version bigint)");
        try (var writer = OpenLoopWriter.start(database, 100, CONNECTIONS, WitnessesIT::insert)) {
            Thread.sleep(2000);
            OpenLoopWriter.Report report = writer.stop();

            assertThat(report.failures()).isEmpty();
            assertThat(report.reachedItsRate()).as(report.toString()).isTrue();
            assertThat(report.ledger().differences(database, "SELECT id, version FROM t"))
                    .isEmpty();

            database.execute(
                    "DELETE FROM t WHERE id = 7; UPDATE t SET version = 5 WHERE id = 8; INSERT INTO t VALUES (-1, 1)");
            assertThat(report.ledger().differences(database, "SELECT id, version FROM t"))
                    .containsExactlyInAnyOrder(
                            "key 7: confirmed version 1, found null",
                            "key 8: confirmed version 1, found 5",
                            "never confirmed: key -1, version 1");
        }
    }

    @Test
    void a_window_is_felt_by_writers_and_readers(Database database) throws Exception {
        database.execute("CREATE TABLE t (id bigint PRIMARY KEY, version bigint)");
        try (var writer = OpenLoopWriter.start(database, 20, CONNECTIONS, WitnessesIT::insert);
                var readers = Readers.start(database, 50, 2, WitnessesIT::count)) {
            database.execute("BEGIN; LOCK TABLE t; SELECT pg_sleep(1); COMMIT");

            assertThat(readers.stop().waits().max()).isGreaterThan(Duration.ofMillis(800));
            OpenLoopWriter.Report report = writer.stop();
            assertThat(report.waits().max()).isGreaterThan(Duration.ofMillis(800));
            assertThat(report.failures()).isEmpty();
        }
    }

    @Test
    void failures_are_reported_and_not_repeated(Database database) throws Exception {
        database.execute("CREATE TABLE t (id bigint PRIMARY KEY, version bigint CHECK (id <> 3))");
        try (var writer = OpenLoopWriter.start(database, 50, CONNECTIONS, WitnessesIT::insert);
                var readers = Readers.start(database, 100, 1, c -> {
                    throw new AssertionError("saw a ghost");
                })) {
            Thread.sleep(500);

            assertThat(writer.stop().failures()).singleElement().asString().contains("number 3", "check constraint");
            assertThat(readers.stop().failures()).contains("number 0: java.lang.AssertionError: saw a ghost");
        }
    }

    @Test
    void a_hash_sees_what_equality_does_not(Database database) {
        database.execute(
                "CREATE TABLE a AS SELECT i, 1.0::numeric n FROM generate_series(1, 100) i; CREATE TABLE b AS TABLE a");
        assertThat(Rows.of(database, "a")).isEqualTo(Rows.of(database, "SELECT * FROM b ORDER BY i DESC"));

        database.execute("UPDATE b SET n = 1.00 WHERE i = 5");
        assertThat(Rows.of(database, "a")).isNotEqualTo(Rows.of(database, "b"));

        assertThat(Rows.of(
                        database,
                        "SELECT * FROM a UNION ALL SELECT * FROM a WHERE i = 1 UNION ALL SELECT * FROM a WHERE i = 1"))
                .isNotEqualTo(Rows.of(database, "a"));
    }

    private static OpenLoopWriter.Write insert(Connection connection, long number) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO t VALUES (" + number + ", 1)");
            return new OpenLoopWriter.Write(number, 1);
        }
    }

    private static void count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
            row.next();
        }
    }
}
