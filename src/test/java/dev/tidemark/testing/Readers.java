package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

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

    /** Lets the reads that are under way end, at most a minute each, and reports. */
    public Report stop() {
        return new Report(loop.stop());
    }

    @Override
    public void close() {
        loop.askToStop();
    }
}
