package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Ledger;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Readers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** An application that writes into a DEFAULT and a history partition, and reads them with one snapshot, while both are exchanged and come back. */
@Alone
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise =
                "while a partition is exchanged no statement fails or waits longer than maxPause, and no row is invisible at any moment")
class ExchangeUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    private static final Duration TOLERANCE = Duration.ofMillis(300);
    private static final int STATEMENTS_PER_SECOND = 500;
    private static final int WRITERS = 80;
    private static final int READS_PER_SECOND = 10;
    private static final int READERS = 20;
    /** Rows of each day; 30 days lie in the history partition and as many in DEFAULT. */
    private static final int ROWS_A_DAY = 10_000;

    private static final int DAYS = 30;
    private static final int SEEDS = 2 * DAYS * ROWS_A_DAY;
    /** Ids of the writer begin there. */
    private static final long WRITTEN = 10_000_000L;

    /** Numbers of five seconds. */
    private static final long LATER = 2_500;

    private static final String START =
            """
            CREATE TABLE readings (id bigint NOT NULL, at timestamptz NOT NULL, version bigint NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE INDEX readings_at ON readings (at);
            CREATE TABLE readings_past PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2026-03-01 00:00+00');
            CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
            CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM ('2026-03-02 00:00+00') TO ('2026-03-03 00:00+00');
            CREATE TABLE readings_default PARTITION OF readings DEFAULT;
            INSERT INTO readings
            SELECT g, CASE WHEN g < %1$d THEN timestamptz '2026-01-30 00:00+00' ELSE timestamptz '2026-03-03 00:00+00' END + (g %% %1$d) * interval '8.64 seconds',
                   0, repeat('x', 100)
              FROM generate_series(0, %2$d - 1) AS g;
            ANALYZE readings;"""
                    .formatted(DAYS * ROWS_A_DAY, SEEDS);

    private static final String VERSIONS =
            "SELECT id, version FROM readings WHERE id >= " + WRITTEN + " OR version > 0";

    private static Write write(Connection connection, long number) throws SQLException {
        long turn = number % 10;
        long id = WRITTEN + number - turn;
        // Five seconds later, so that no two statements meet at one row.
        long moved = id - LATER;
        long gone = moved - LATER;
        return switch ((int) turn) {
            // Into DEFAULT, a day that has no rows yet now and then.
            case 0 ->
                one(
                        connection,
                        "INSERT INTO readings VALUES (" + id + ", timestamptz '2026-03-03 12:00+00' + " + number % 40
                                + " * interval '1 day', 1, 'new') RETURNING id, version");
            // Into the history partition.
            case 1 ->
                one(
                        connection,
                        "INSERT INTO readings VALUES (" + (id + 1) + ", timestamptz '2026-02-01 12:00+00' + "
                                + number % 20 + " * interval '1 day', 1, 'new') RETURNING id, version");
            // From one partition into another.
            case 6 ->
                one(
                        connection,
                        "UPDATE readings SET at = timestamptz '2026-03-01 12:00+00', version = version + 1 WHERE id = "
                                + id + " AND version = 1 RETURNING id, version");
            case 7 ->
                one(
                        connection,
                        "UPDATE readings SET at = timestamptz '2026-03-12 12:00+00', version = version + 1 WHERE id = "
                                + (id + 1) + " AND version = 1 RETURNING id, version");
            case 9 -> deleted(connection, id, gone);
            default -> {
                long seed = ThreadLocalRandom.current().nextLong(SEEDS);
                yield one(
                        connection,
                        "UPDATE readings SET version = version + 1, body = 'changed' WHERE id = " + seed
                                + " RETURNING id, version");
            }
        };
    }

    /** A row of ten, if its turn has come; another statement of the application may not have been confirmed yet. */
    private static Write deleted(Connection connection, long id, long gone) throws SQLException {
        return id % 3 == 0
                ? one(connection, "DELETE FROM readings WHERE id = " + (gone + 1) + " RETURNING id, " + Ledger.DELETED)
                : one(
                        connection,
                        "INSERT INTO readings VALUES (" + (id + 9)
                                + ", '2026-03-02 12:00+00', 1, 'new') RETURNING id, version");
    }

    private static Write one(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            // A row that another statement has not written yet: the key 0 is nobody's.
            return row.next() ? new Write(row.getLong(1), row.getLong(2)) : new Write(-1L, Ledger.DELETED);
        }
    }

    /** One snapshot, taken before the table is read for the first time. */
    private static void read(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT count(*) FROM pg_class").close();
            statement.execute("SELECT pg_sleep(" + ThreadLocalRandom.current().nextInt(200) / 1000.0 + ")");
            int day = ThreadLocalRandom.current().nextInt(DAYS);
            for (String first : new String[] {"2026-01-30", "2026-03-03"}) {
                try (ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM readings WHERE id < " + WRITTEN + " AND at >= timestamptz '" + first
                                + " 00:00+00' + " + day + " * interval '1 day' AND at < timestamptz '" + first
                                + " 00:00+00' + " + (day + 1) + " * interval '1 day'")) {
                    row.next();
                    assertThat(row.getInt(1))
                            .as("rows of day %s after %s", day, first)
                            .isEqualTo(ROWS_A_DAY);
                }
            }
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    @Test
    void nobody_waits_and_no_row_is_missed(Database database) throws Exception {
        database.execute(START);
        Ledger ledger = new Ledger();
        for (Goal goal : new Goal[] {Goal.DRAINED, Goal.SPLIT}) {
            ExchangeScenario scenario = new ExchangeScenario(database, goal, "readings").maxPause(MAX_PAUSE);
            for (boolean back : new boolean[] {false, true}) {
                during(database, ledger, goal + (back ? ", back" : ""), scenario, back);
                assertThat(ledger.differences(database, VERSIONS))
                        .as(goal + " " + back)
                        .isEmpty();
                assertThat(database.number("SELECT count(*) FROM readings WHERE id < " + WRITTEN))
                        .isEqualTo(SEEDS);
            }
            assertThat(scenario.partitions()).hasSize(4);
        }
    }

    private static void during(Database database, Ledger ledger, String what, ExchangeScenario scenario, boolean back)
            throws Exception {
        long first = ledger.size() * 1_000L;
        OpenLoopWriter writer = OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, WRITERS, (connection, number) -> {
            Write write = write(connection, first + number);
            if (!write.key().equals(-1L)) {
                ledger.committed(write.key(), write.version());
            }
            return write;
        });
        Readers readers = Readers.start(database, READS_PER_SECOND, READERS, ExchangeUnderLoadIT::read);
        try (writer;
                readers) {
            Thread.sleep(1_000);
            writer.measureFromNow();
            Outcome outcome = back ? scenario.goBack() : scenario.apply();
            Thread.sleep(500);
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report read = readers.stop();
            System.out.println(what + ": " + outcome.total().toMillis() + " ms, longest window "
                    + outcome.longestWindow().toMillis() + " ms; writer " + written + "; readers " + read + "; "
                    + scenario.postponed());
            assertThat(written.failures()).isEmpty();
            assertThat(read.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThan(MAX_PAUSE.plus(TOLERANCE));
        }
    }
}
