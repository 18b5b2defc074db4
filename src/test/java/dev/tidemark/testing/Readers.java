package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Applications that read at a fixed rate while a conversion runs. */
public final class Readers implements AutoCloseable {

    /** One read. It throws an {@link AssertionError} when it saw what it must never see. */
    public interface Read {
        void run(Connection connection) throws SQLException;
    }

    /** What came of it: reads never may fail, and never wait longer than the longest pause. */
    public record Report(OpenLoop.Report loop) {
        /** From the beginning of a read to its end. */
        public Latencies waits() {
            return loop.waits();
        }

        public List<String> failures() {
            return loop.failures();
        }

        public boolean reachedItsRate() {
            return loop.reachedItsRate();
        }

        @Override
        public String toString() {
            return loop.toString();
        }
    }

    private final OpenLoop loop;

    private Readers(OpenLoop loop) {
        this.loop = loop;
    }

    /**
     * Starts reading.
     *
     * @param connections at least rate × longest wait expected, or the reads queue for a connection instead of for the lock
     */
    public static Readers start(Database database, double perSecond, int connections, Read read) throws SQLException {
        return new Readers(OpenLoop.start(
                database, perSecond, connections, "open-loop reader", (connection, number) -> read.run(connection)));
    }

    /**
     * A read that asks twice in one snapshot, and must be answered the same.
     *
     * @param thinking how long between the two
     * @param sql gives a query for one text, each time the read is done
     */
    public static Read twice(Duration thinking, Supplier<String> sql) {
        return connection -> {
            String query = sql.get();
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try {
                String first = text(connection, query);
                Thread.sleep(thinking.toMillis());
                String second = text(connection, query);
                if (!first.equals(second)) {
                    throw new AssertionError("one snapshot saw " + first + ", then " + second);
                }
                connection.commit();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SQLException | AssertionError e) {
                connection.rollback();
                throw e;
            }
        };
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Lets the reads that are under way end, at most a minute each, and reports. */
    public Report stop() {
        return new Report(loop.stop());
    }

    @Override
    public void close() {
        loop.askToStop();
    }
}
