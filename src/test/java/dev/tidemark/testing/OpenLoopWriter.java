package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** An application that writes at a fixed rate while a conversion runs, and keeps a ledger of what the server has confirmed. */
public final class OpenLoopWriter implements AutoCloseable {

    /** One statement of the application, in autocommit mode. It returns what the server has confirmed when it returns. */
    public interface Work {
        /**
         * Runs statement number {@code number}.
         *
         * @param number counts all statements from 0; take the key from it so that no two connections write one key at a time, or let
         *     the server choose the version ({@code SET version = version + 1 … RETURNING version})
         */
        Write run(Connection connection, long number) throws SQLException;
    }

    /** A key and its new version, or {@link Ledger#DELETED}. */
    public record Write(Object key, long version) {
        /** Sends a statement that answers with one row: a key, which is a bigint, and its version. */
        public static Write of(Connection connection, String sql) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql);
                    ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no row for " + sql);
                }
                return new Write(row.getLong(1), row.getLong(2));
            }
        }
    }

    /** What came of it. */
    public record Report(Ledger ledger, OpenLoop.Report loop) {
        /** From sending a statement to its answer: what the application feels. */
        public Latencies waits() {
            return loop.waits();
        }

        /** From when a statement was due to its answer: also what it waited for a free connection. */
        public Latencies delays() {
            return loop.delays();
        }

        /** What was done of what was due, 1 for all of it. */
        public double rateReached() {
            return loop.rateReached();
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

    private final Ledger ledger;
    private final OpenLoop loop;

    private OpenLoopWriter(Ledger ledger, OpenLoop loop) {
        this.ledger = ledger;
        this.loop = loop;
    }

    /**
     * Starts writing.
     *
     * @param connections at least rate × longest wait expected, or the statements queue for a connection instead of for the lock
     */
    public static OpenLoopWriter start(Database database, double perSecond, int connections, Work work)
            throws SQLException {
        var ledger = new Ledger();
        return new OpenLoopWriter(
                ledger, OpenLoop.start(database, perSecond, connections, "open-loop writer", (connection, number) -> {
                    Write write = work.run(connection, number);
                    ledger.committed(write.key(), write.version());
                }));
    }

    /** Forgets the times measured so far, because they were warming up; neither failures nor the ledger. */
    public void measureFromNow() {
        loop.measureFromNow();
    }

    /** Lets the statements that are under way end, at most a minute, and reports. */
    public Report stop() {
        return new Report(ledger, loop.stop());
    }

    @Override
    public void close() {
        loop.askToStop();
    }
}
