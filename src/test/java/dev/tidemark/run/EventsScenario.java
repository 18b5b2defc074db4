package dev.tidemark.run;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A partitioned table and an application that uses it. The seeds (id below a million) are only ever updated, so every read must see
 * exactly as many of them; every write returns the version that the server confirmed.
 */
final class EventsScenario {
    static final TableName EVENTS = new TableName("public", "events");
    /** In partitions, and in DEFAULT. */
    static final int IN_PARTITIONS = 4000;

    static final int IN_DEFAULT = 30_000;
    static final int SEEDS = IN_PARTITIONS + IN_DEFAULT;
    private static final int FIRST_IN_DEFAULT = 100_000;
    private static final int FIRST_INSERTED = 1_000_000;
    private static final int FIRST_UPSERTED = 500_000_000;
    /** What a REPEATABLE READ transaction does between two statements. */
    static final Duration THINKING = Duration.ofMillis(50);

    /** Key and version of everything that the application has written. */
    static final String WRITTEN = "SELECT id::text, version::text FROM events WHERE version > 0";

    private static final String COUNT = "SELECT count(*), sum(version), sum(id) FROM events";

    private EventsScenario() {}

    static EventsScenario in(Database database) {
        try {
            database.psql(Files.readString(Path.of("src/test/resources/dev/tidemark/run/events.sql")))
                    .succeeded();
            return new EventsScenario();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ConversionRequest adopt() {
        return Requests.adopt(EVENTS, "at", Optional.empty(), "1 day");
    }

    /** Statement number {@code number} of the application. */
    Write write(Connection connection, long number) throws SQLException {
        return switch ((int) (number % 5)) {
            case 0, 1 ->
                one(
                        connection,
                        "INSERT INTO events (id, at, version) VALUES (?, now(), 1) RETURNING version",
                        FIRST_INSERTED + number);
            case 2 ->
                one(
                        connection,
                        "UPDATE events SET version = version + 1 WHERE id = ? AND at > now() - interval '1 day' RETURNING version",
                        number * 7 % 1000);
            case 3 ->
                one(
                        connection,
                        "UPDATE events SET version = version + 1 WHERE id = ? RETURNING version",
                        number % 2 == 0 ? 2000 + number * 7 % 2000 : FIRST_IN_DEFAULT + number * 7919 % IN_DEFAULT);
            default ->
                one(
                        connection,
                        "INSERT INTO events AS e (id, at, version) SELECT ?, base, 1 FROM base "
                                + "ON CONFLICT (id, at) DO UPDATE SET version = e.version + 1 RETURNING version",
                        FIRST_UPSERTED + number % 1000);
        };
    }

    private static Write one(Connection connection, String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no row " + id + " for " + sql);
                }
                return new Write(id, row.getLong(1));
            }
        }
    }

    static void readCommitted(Connection connection) throws SQLException {
        require(IN_PARTITIONS, count(connection, COUNT + " WHERE id < 100000").get(0));
        require(
                IN_DEFAULT,
                count(connection, COUNT + " WHERE id < 1000000 AND at < (SELECT base FROM base) - interval '4 days'")
                        .get(0));
    }

    /** One snapshot: everything seen twice is the same. */
    static void readRepeatably(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try {
            List<Long> first = count(connection, COUNT);
            pause();
            List<Long> seeds = count(connection, COUNT + " WHERE id < 1000000");
            List<Long> second = count(connection, COUNT);
            require(SEEDS, seeds.get(0));
            if (!first.equals(second)) {
                throw new AssertionError("one snapshot saw " + first + ", then " + second);
            }
            connection.commit();
        } catch (SQLException | AssertionError e) {
            // A conflict on a standby ends the session too.
            if (!connection.isClosed()) {
                connection.rollback();
            }
            throw e;
        }
    }

    /** A prepared statement and a function whose plans are generic and made once. */
    static void readWithCachedPlans(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean prepared;
            try (ResultSet row = statement.executeQuery("SELECT FROM pg_prepared_statements WHERE name = 'seeds'")) {
                prepared = row.next();
            }
            if (!prepared) {
                statement.execute("SET plan_cache_mode = force_generic_plan");
                statement.execute(
                        "PREPARE seeds (bigint) AS SELECT count(*), sum(version), sum(id) FROM events WHERE id < $1");
                statement.execute("PREPARE star (bigint) AS SELECT * FROM events WHERE id = $1");
            }
            require(IN_PARTITIONS, count(connection, "EXECUTE seeds (100000)").get(0));
            require(SEEDS, count(connection, "SELECT seeds(1000000), 0, 0").get(0));
            try (ResultSet row = statement.executeQuery("EXECUTE star (" + FIRST_IN_DEFAULT + ")")) {
                require(1, row.next() ? 1 : 0);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(THINKING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a reader sees of the whole table. */
    static List<Long> count(Connection connection) throws SQLException {
        return count(connection, COUNT);
    }

    private static List<Long> count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return List.of(row.getLong(1), row.getLong(2), row.getLong(3));
        }
    }

    private static void require(long expected, long seen) {
        if (seen != expected) {
            throw new AssertionError("saw " + seen + " of " + expected + " rows");
        }
    }
}
