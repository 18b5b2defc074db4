package dev.tidemark.run;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Latencies;
import dev.tidemark.testing.TestServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Applications that read from a standby while the primary works, and what they feel. */
final class StandbyReaders implements AutoCloseable {
    /** What PostgreSQL's documentation calls a query conflict: the statement, or an idle transaction, ends for replay's sake. */
    private static final List<String> CONFLICT = List.of("40001", "40P01", "57P01", "55P04");

    interface Read {
        void run(Connection connection) throws SQLException;
    }

    final Latencies waits = new Latencies();
    /** What ended for the sake of replay, which PostgreSQL may do. */
    final ConcurrentLinkedQueue<String> cancelled = new ConcurrentLinkedQueue<>();
    /** Whatever else went wrong, which it may not. */
    final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

    private final TestServer standby;
    private final String url;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    StandbyReaders(TestServer standby, Database database) {
        this.standby = standby;
        this.url = standby.jdbcUrl(database.name());
    }

    /** Starts one that reads again and again, ten times a second. */
    void start(Read read) {
        start(() -> readUntilStopped(read));
    }

    /** Starts one whose only transaction lasts until all stop, as a report's or a dump's does. */
    void startLongTransaction() {
        start(() -> {
            try (Connection connection = connect()) {
                once(connection, this::readInOneTransaction, new Latencies());
            } catch (SQLException e) {
                failures.add(e.toString());
            }
        });
    }

    private void start(Runnable work) {
        Thread thread = new Thread(work, "reader of the standby");
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    /** Reconnects after a conflict that ended its session, as an application's pool does. */
    private void readUntilStopped(Read read) {
        boolean going = true;
        while (going) {
            try (Connection connection = connect()) {
                while (going && connection.isValid(5)) {
                    once(connection, read, waits);
                    going = !isStoppedWithin(100);
                }
            } catch (SQLException e) {
                failures.add(e.toString());
                going = false;
            }
        }
    }

    private void readInOneTransaction(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        List<Long> first = EventsScenario.count(connection);
        while (!isStoppedWithin(100)) {
            List<Long> again = EventsScenario.count(connection);
            if (!again.equals(first)) {
                throw new AssertionError("one snapshot saw " + first + ", then " + again);
            }
        }
        connection.commit();
    }

    private void once(Connection connection, Read read, Latencies felt) {
        long begin = System.nanoTime();
        try {
            read.run(connection);
        } catch (SQLException e) {
            boolean conflict = CONFLICT.contains(e.getSQLState())
                    && String.valueOf(e.getMessage()).contains("recovery");
            (conflict ? cancelled : failures).add(e.getSQLState() + " " + e.getMessage());
        } catch (AssertionError e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        felt.add(System.nanoTime() - begin);
    }

    private boolean isStoppedWithin(long milliseconds) {
        try {
            return stopped.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** A session of the standby. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, standby.user(), standby.password());
    }

    /** Changes settings of the standby alone, all at once. */
    void set(String... settings) throws SQLException {
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            for (String setting : settings) {
                statement.execute("ALTER SYSTEM SET " + setting);
            }
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    /** Waits until the standby has replayed what the primary has done so far. */
    void awaitReplay(Database database) throws SQLException {
        String query = "SELECT pg_last_wal_replay_lsn() >= '"
                + database.value("SELECT pg_current_wal_insert_lsn()::text") + "'::pg_lsn";
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            Await.until("the standby has replayed everything", Duration.ofMinutes(2), () -> {
                try (var row = statement.executeQuery(query)) {
                    return row.next() && row.getBoolean(1);
                } catch (SQLException e) {
                    // What is replayed may end whoever looks at the catalog just then.
                    if (e.getSQLState().equals("40001")) {
                        return false;
                    }
                    throw e;
                }
            });
        }
    }

    /** Lets the reads that are under way end. */
    @Override
    public void close() {
        stopped.countDown();
        for (Thread thread : threads) {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
