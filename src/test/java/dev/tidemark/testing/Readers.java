package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Applications that read while a conversion runs, each in a session of its own, one read after another. */
public final class Readers implements AutoCloseable {

    /** One read. It throws an {@link AssertionError} when it saw what it must never see. */
    public interface Read {
        void run(Connection connection) throws SQLException;
    }

    /** What came of it: reads never may fail, and never wait longer than the longest pause. */
    public record Report(Latencies waits, List<String> failures) {
        @Override
        public String toString() {
            return waits + ", " + failures.size() + " failed";
        }
    }

    private final Latencies waits = new Latencies();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    private Readers() {}

    /** Starts as many readers, each pausing that long between two reads. */
    public static Readers start(Database database, int count, Duration pause, Read read) throws SQLException {
        var readers = new Readers();
        for (int i = 0; i < count; i++) {
            Connection connection = database.connect();
            var thread = new Thread(() -> readers.readUntilStopped(connection, pause, read), "reader");
            thread.setDaemon(true);
            readers.threads.add(thread);
        }
        readers.threads.forEach(Thread::start);
        return readers;
    }

    private void readUntilStopped(Connection connection, Duration pause, Read read) {
        try (connection) {
            do {
                long begin = System.nanoTime();
                try {
                    read.run(connection);
                } catch (SQLException | RuntimeException | AssertionError e) {
                    failures.add(e.toString());
                }
                waits.add(System.nanoTime() - begin);
            } while (!stopped.await(pause.toNanos(), TimeUnit.NANOSECONDS));
        } catch (SQLException | InterruptedException e) {
            failures.add(e.toString());
        }
    }

    /** Lets the reads that are under way end, at most a minute each, and reports. */
    public Report stop() {
        stopped.countDown();
        for (Thread thread : threads) {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                failures.add("a read was not answered within a minute");
            }
        }
        return new Report(waits, List.copyOf(failures));
    }

    @Override
    public void close() {
        stopped.countDown();
    }
}
