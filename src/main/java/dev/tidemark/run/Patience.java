package dev.tidemark.run;

import dev.tidemark.session.Session;
import dev.tidemark.sql.RetryLater;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits between attempts, keeps the connection alive meanwhile, and wakes up at once when the run is asked to stop. */
final class Patience {
    /** Proxies and servers close connections that are idle for a minute or so. */
    private static final Duration PING_EVERY = Duration.ofSeconds(30);

    private final Session session;
    private final CountDownLatch stop = new CountDownLatch(1);

    Patience(Session session) {
        this.session = session;
    }

    /** Asks for a stop; from any thread. */
    void stop() {
        stop.countDown();
    }

    /** @throws RetryLater if a stop was asked for */
    void checkStop() {
        if (stop.getCount() == 0) {
            throw new RetryLater(
                    "Stopped as asked. What is committed is kept; run the same change again to go on.", null);
        }
    }

    /** Sleeps. @throws RetryLater if a stop was asked for */
    void pause(Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        for (long rest = pause.toNanos(); rest > 0; rest = until - System.nanoTime()) {
            try {
                if (stop.await(Math.min(rest, PING_EVERY.toNanos()), TimeUnit.NANOSECONDS)) {
                    checkStop();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RetryLater("Interrupted. What is committed is kept; run the same change again to go on.", e);
            }
            session.query("SELECT 1", row -> row.getInt(1));
        }
    }
}
