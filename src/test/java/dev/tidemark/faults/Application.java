package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Latencies;
import dev.tidemark.testing.Ledger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The application: open loop, never repeats a statement, writes down what the server has confirmed, and what it never heard of again. Where its
 * connection is lost it opens another for the next statement.
 */
final class Application implements AutoCloseable {
    /** Rows that it may change, those that it may delete, and those that it moves in time. */
    private static final int UPDATED = 2000;

    private static final int DELETED = 4000;
    private static final int MOVED = 5000;
    private static final int SEEDS = 30_000;
    private static final long INSERTED = 1_000_000;
    private static final long UPSERTED = 500_000_000;
    private static final int DISTINCT = 50;

    private static final double PER_SECOND = 60;
    private static final int CONNECTIONS = 3;
    private static final Duration RECONNECT = Duration.ofMillis(20);

    /** Key and version of what is the application's. */
    static final String WRITTEN = "SELECT id::text, version::text FROM events WHERE id <= 5000 OR id > 30000";
    /** Rows of it whose contents are not what was written. */
    static final String WRONG =
            """
            SELECT id::text || ' ' || version || ' ' || body FROM events
             WHERE (id <= 5000 OR id > 30000) AND body <> CASE version WHEN 0 THEN repeat(md5(id::text), 6) ELSE 'version ' || version END""";
    /** What nobody ever changes. */
    static final String UNTOUCHED = "SELECT * FROM events WHERE id > 5000 AND id <= 30000";

    static final int ROWS = SEEDS;

    private final Database database;
    private final String move;
    private final boolean mayLoseConnections;
    private final Ledger ledger = new Ledger();
    private final Latencies waits = new Latencies();
    private final AtomicLong written = new AtomicLong();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final long start = System.nanoTime();
    /** When everything was that is inserted, or updated where it is there already. */
    private final String fixed = LocalDate.now(ZoneOffset.UTC).minusDays(1) + " 12:00:00+00";

    private Application(Database database, String move, boolean mayLoseConnections) {
        this.database = database;
        this.move = move;
        this.mayLoseConnections = mayLoseConnections;
    }

    /** Starts; {@code mayLoseConnections} where a lost connection is part of the game. */
    static Application start(Database database, Conversion conversion, boolean mayLoseConnections) throws SQLException {
        Application application = new Application(database, conversion.move(), mayLoseConnections);
        for (long id = 1; id <= MOVED; id++) {
            application.ledger.committed(id, 0);
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            int number = i;
            Connection connection = database.connect();
            Thread thread = new Thread(() -> application.work(number, connection), "application-" + i);
            thread.setDaemon(true);
            application.threads.add(thread);
            thread.start();
        }
        return application;
    }

    Ledger ledger() {
        return ledger;
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    Latencies waits() {
        return waits;
    }

    /** Statements so far. */
    long written() {
        return written.get();
    }

    /** Each thread has keys of its own, so it knows the version that comes next. */
    private void work(int thread, Connection first) {
        @Nullable Connection connection = first;
        try {
            for (long number = thread; ; number += CONNECTIONS) {
                long due = start + (long) (number / PER_SECOND * 1e9);
                if (stopped.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    break;
                }
                connection = connection == null ? reconnected() : connection;
                if (connection == null) {
                    break;
                }
                if (!once(connection, number)) {
                    connection.close();
                    connection = null;
                }
            }
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException | InterruptedException | RuntimeException e) {
            failures.add(e.toString());
        }
    }

    private @Nullable Connection reconnected() throws InterruptedException {
        while (!stopped.await(RECONNECT.toMillis(), TimeUnit.MILLISECONDS)) {
            try {
                return database.connect();
            } catch (SQLException e) {
                // The server is not back yet: the next try is due in a moment.
                if (!mayLoseConnections) {
                    failures.add("cannot connect: " + e);
                    return null;
                }
            }
        }
        return null;
    }

    /** One statement. Returns whether the connection is still good. */
    private boolean once(Connection connection, long number) {
        Statement statement = statement(number);
        long begin = System.nanoTime();
        written.incrementAndGet();
        try {
            long version = version(connection, statement);
            waits.add(System.nanoTime() - begin);
            ledger.committed(statement.key(), version);
            return true;
        } catch (SQLException e) {
            boolean lost = e.getSQLState() != null
                    && (e.getSQLState().startsWith("08") || e.getSQLState().startsWith("57P"));
            if (!lost || !mayLoseConnections) {
                failures.add("number " + number + ", key " + statement.key() + ": " + e);
            }
            ledger.unanswered(statement.key(), statement.next());
            return !lost;
        }
    }

    /** @param next the version that the row has if it is committed */
    private record Statement(String sql, long key, long next) {}

    private Statement statement(long number) {
        long turn = number / CONNECTIONS;
        long thread = number % CONNECTIONS;
        long step = turn / 5;
        return switch ((int) (turn % 5)) {
            case 0 ->
                new Statement(
                        "INSERT INTO events VALUES (?, now(), 1, 'version 1') RETURNING version", INSERTED + number, 1);
            case 1 ->
                next(
                        "UPDATE events SET version = version + 1, body = 'version ' || version + 1 WHERE id = ? RETURNING version",
                        own(0, UPDATED, step * 7, thread));
            case 2 ->
                new Statement(
                        "DELETE FROM events WHERE id = ? RETURNING " + Ledger.DELETED,
                        own(UPDATED, DELETED, step, thread),
                        Ledger.DELETED);
            case 3 ->
                next(
                        "UPDATE events SET version = version + 1, body = 'version ' || version + 1, at = at + interval '"
                                + move + "' WHERE id = ? RETURNING version",
                        own(DELETED, MOVED, step * 11, thread));
            default ->
                next(
                        "INSERT INTO events AS e VALUES (?, timestamptz '" + fixed + "', 1, 'version 1')"
                                + " ON CONFLICT (id, at) DO UPDATE SET version = e.version + 1, body = 'version ' || e.version + 1 RETURNING version",
                        UPSERTED + step % DISTINCT * CONNECTIONS + thread);
        };
    }

    /** A key between the two that belongs to the thread. */
    private static long own(int from, int to, long step, long thread) {
        int keys = (to - from) / CONNECTIONS;
        return from + 1 + step % keys * CONNECTIONS + thread;
    }

    private Statement next(String sql, long key) {
        return new Statement(sql, key, ledger.version(key) + 1);
    }

    private static long version(Connection connection, Statement statement) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(statement.sql())) {
            prepared.setLong(1, statement.key());
            try (ResultSet row = prepared.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no row " + statement.key() + " for " + statement.sql());
                }
                return row.getLong(1);
            }
        }
    }

    /** Lets end what is under way. */
    void stop() {
        stopped.countDown();
        for (Thread thread : threads) {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                failures.add("a statement was not answered within a minute");
            }
        }
    }

    @Override
    public void close() {
        stopped.countDown();
    }
}
