package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application that writes while a conversion runs. Statement number n is due at start + n/rate whether or not the ones before have
 * been answered, so a window cannot hide the statements that it held up. A failed statement is never repeated: the promise is that
 * none fails.
 */
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
    public record Write(Object key, long version) {}

    /**
     * What came of it.
     *
     * @param waits from sending a statement to its answer: what the application feels
     * @param delays from when it was due to its answer: also counts the wait for a free connection
     */
    public record Report(
            Ledger ledger,
            Latencies waits,
            Latencies delays,
            List<String> failures,
            long due,
            long done,
            Duration time) {

        /** Below 0.95 the machine was too slow for the rate, and the run shows nothing about waits. */
        public double rateReached() {
            return due == 0 ? 1 : (double) done / due;
        }

        public boolean reachedItsRate() {
            return rateReached() >= 0.95;
        }

        @Override
        public String toString() {
            return "%d of %d statements in %.1f s (%.1f %%), %d failed; waits: %s; delays: %s"
                    .formatted(done, due, time.toMillis() / 1e3, 100 * rateReached(), failures.size(), waits, delays);
        }
    }

    private final Work work;
    private final double perSecond;
    private final Ledger ledger = new Ledger();
    private final Latencies waits = new Latencies();
    private final Latencies delays = new Latencies();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final long start;

    private OpenLoopWriter(Work work, double perSecond) {
        this.work = work;
        this.perSecond = perSecond;
        this.start = System.nanoTime();
    }

    /**
     * Starts writing.
     *
     * @param connections at least rate × longest wait expected, or the statements queue for a connection instead of for the lock
     */
    public static OpenLoopWriter start(Database database, double perSecond, int connections, Work work)
            throws SQLException {
        var opened = new ArrayList<Connection>();
        for (int i = 0; i < connections; i++) {
            opened.add(database.connect());
        }
        var writer = new OpenLoopWriter(work, perSecond);
        for (Connection connection : opened) {
            var thread = new Thread(() -> writer.writeUntilStopped(connection), "open-loop writer");
            thread.setDaemon(true);
            writer.threads.add(thread);
            thread.start();
        }
        return writer;
    }

    private void writeUntilStopped(Connection connection) {
        try (connection) {
            while (true) {
                long number = next.getAndIncrement();
                long due = start + (long) (number / perSecond * 1e9);
                if (stopped.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                write(connection, number, due);
            }
        } catch (SQLException | InterruptedException e) {
            failures.add(e.toString());
        }
    }

    private void write(Connection connection, long number, long due) {
        long sent = System.nanoTime();
        try {
            Write write = work.run(connection, number);
            ledger.committed(write.key(), write.version());
            done.incrementAndGet();
        } catch (SQLException | RuntimeException e) {
            failures.add("statement " + number + ": " + e.getMessage());
        }
        waits.add(System.nanoTime() - sent);
        delays.add(System.nanoTime() - due);
    }

    /** Lets the statements that are under way end, at most a minute, and reports. */
    public Report stop() {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
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
        long due = (long) (time.toNanos() / 1e9 * perSecond);
        return new Report(ledger, waits, delays, List.copyOf(failures), due, Math.min(due, done.get()), time);
    }

    @Override
    public void close() {
        stopped.countDown();
    }
}
