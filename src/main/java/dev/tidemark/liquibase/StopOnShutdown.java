package dev.tidemark.liquibase;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import liquibase.lockservice.LockService;

/**
 * Makes SIGTERM and Ctrl-C clean: asks the run to stop at its next safe point and keeps the JVM alive until the run has ended and Liquibase has
 * given its changelog lock back. Liquibase itself has no such hook and would leave the lock to be released by hand.
 */
final class StopOnShutdown {
    /** The grace that Kubernetes and systemd give or exceed before SIGKILL; waiting longer would help nobody. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** Nothing tells when Liquibase releases its lock; at this pace the exit is not felt and the poll costs nothing. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;

    private StopOnShutdown(Runnable stop, LockService lock) {
        hook = new Thread(() -> waitUntilFree(stop, lock), "tidemark-stop");
    }

    /** Runs {@code work}; while it does, a shutdown calls {@code stop} and waits. */
    static <T> T guarding(Runnable stop, LockService lock, Supplier<T> work) {
        StopOnShutdown guard = new StopOnShutdown(stop, lock);
        Runtime.getRuntime().addShutdownHook(guard.hook);
        try {
            return work.get();
        } finally {
            guard.end();
        }
    }

    private void waitUntilFree(Runnable stop, LockService lock) {
        stop.run();
        long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
        try {
            boolean over = ended.await(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            while (over && lock.hasChangeLogLock() && System.nanoTime() < deadline) {
                Thread.sleep(POLL.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The run is over; in a shutdown the hook goes on waiting for Liquibase's lock. */
    private void end() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down already, which is what the hook is for.
            System.getLogger(StopOnShutdown.class.getName()).log(System.Logger.Level.DEBUG, "shutdown under way", e);
        }
    }
}
