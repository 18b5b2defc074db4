package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Where a fault strikes.
 *
 * @param blow what is to happen
 * @param database where
 * @param watch sees what happens there
 * @param client what it happens to
 * @param proxy what its connections lead through, where it is the network that fails
 * @param timetable how long its steps take undisturbed
 * @param random decides what the blow left open
 */
record Scene(
        Blow blow, Database database, Watch watch, Client client, Proxy proxy, Timetable timetable, Random random) {
    /** Between two statements a session is at rest for less than that. */
    private static final Duration REST = Duration.ofMillis(30);

    /** Waits for the moment. Returns whether it came: the step was seen, and a session is in the middle of something. */
    boolean arrive() throws SQLException {
        if (!watch.awaitStep(blow.step(), client::isRunning)) {
            return false;
        }
        LockSupport.parkNanos(
                (long) (blow.fraction() * timetable.of(blow.step()).toNanos()));
        long end = System.nanoTime() + REST.toNanos();
        while (client.isRunning() && System.nanoTime() < end) {
            if (watch.isAtWork()) {
                return true;
            }
        }
        return false;
    }

    /** A time up to {@code most}. */
    Duration within(Duration least, Duration most) {
        return least.plusNanos((long) (random.nextDouble() * most.minus(least).toNanos()));
    }

    /** The delay that the fault consists of. */
    void last(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
