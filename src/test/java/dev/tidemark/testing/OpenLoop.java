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
 * Work that comes at a fixed rate: number n is due at start + n/rate whether or not what came before has been answered, so a window cannot hide
 * what it held up. What failed is never repeated.
 */
final class OpenLoop {

    /** One piece of work; whatever it throws is a failure. */
    interface Work {
        void run(Connection connection, long number) throws SQLException;
    }

    /**
     * What came of it.
     *
     * @param waits from the beginning of a piece of work to its end: what the application feels
     * @param delays from when it was due to its end: also counts the wait for a free connection
     */
    record Report(Latencies waits, Latencies delays, List<String> failures, long due, long done, Duration time) {

        /** Below 0.95 the machine was too slow for the rate, and the run shows nothing about waits. */
        double rateReached() {
            return due == 0 ? 1 : (double) done / due;
        }

        boolean reachedItsRate() {
            return rateReached() >= 0.95;
        }

        @Override
        public String toString() {
            return "%d of %d in %.1f s (%.1f %%), %d failed; waits: %s; delays: %s"
                    .formatted(done, due, time.toMillis() / 1e3, 100 * rateReached(), failures.size(), waits, delays);
        }
    }

    private final Work work;
    private final double perSecond;
    private volatile Latencies waits = new Latencies();
    private volatile Latencies delays = new Latencies();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final long start;

    private OpenLoop(Work work, double perSecond) {
        this.work = work;
        this.perSecond = perSecond;
        this.start = System.nanoTime();
    }

    /**
     * Starts.
     *
     * @param connections at least rate × longest wait expected, or the work queues for a connection instead of for the lock
     */
    static OpenLoop start(Database database, double perSecond, int connections, String name, Work work)
            throws SQLException {
        var opened = new ArrayList<Connection>();
        for (int i = 0; i < connections; i++) {
            opened.add(database.connect());
        }
        var loop = new OpenLoop(work, perSecond);
        for (Connection connection : opened) {
            var thread = new Thread(() -> loop.workUntilStopped(connection), name);
            thread.setDaemon(true);
            loop.threads.add(thread);
            thread.start();
        }
        return loop;
    }

    private void workUntilStopped(Connection connection) {
        try (connection) {
            while (true) {
                long number = next.getAndIncrement();
                long due = start + (long) (number / perSecond * 1e9);
                if (stopped.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                once(connection, number, due);
            }
        } catch (SQLException | InterruptedException e) {
            failures.add(e.toString());
        }
    }

    private void once(Connection connection, long number, long due) {
        long begin = System.nanoTime();
        try {
            work.run(connection, number);
            done.incrementAndGet();
        } catch (SQLException | RuntimeException | AssertionError e) {
            failures.add("number " + number + ": " + e);
        }
        waits.add(System.nanoTime() - begin);
        delays.add(System.nanoTime() - due);
    }

    /** What was measured so far was warming up: forgets the times, but no failure. */
    void measureFromNow() {
        waits = new Latencies();
        delays = new Latencies();
    }

    /** Lets end what is under way, at most a minute, and reports. */
    Report stop() {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        askToStop();
        for (Thread thread : threads) {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                failures.add("something was not answered within a minute");
            }
        }
        long due = (long) (time.toNanos() / 1e9 * perSecond);
        return new Report(waits, delays, List.copyOf(failures), due, Math.min(due, done.get()), time);
    }

    void askToStop() {
        stopped.countDown();
    }
}
