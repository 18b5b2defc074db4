package dev.tidemark.run;

import java.time.Duration;

/** Times one window: from asking for its locks to having them, from then on to its COMMIT, and the COMMIT. */
final class Stopwatch {
    private static final double NANOS_PER_MILLI = 1e6;

    private long asked = System.nanoTime();
    private long locked;
    private long committing;

    void asked() {
        asked = System.nanoTime();
        locked = 0;
    }

    void locked() {
        locked = System.nanoTime();
    }

    /** Everything is done but for the COMMIT. */
    void committing() {
        committing = System.nanoTime();
    }

    /** What a window was that has been committed now. */
    ClosedWindow committed() {
        return new ClosedWindow(
                Duration.ofNanos(locked - asked),
                Duration.ofNanos(committing - locked),
                Duration.ofNanos(System.nanoTime() - committing));
    }

    Duration sinceAsked() {
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    Duration waitedTime() {
        return Duration.ofNanos((locked == 0 ? System.nanoTime() : locked) - asked);
    }

    Duration heldTime() {
        return Duration.ofNanos(locked == 0 ? 0 : System.nanoTime() - locked);
    }

    /** Milliseconds waited. */
    double waited() {
        return waitedTime().toNanos() / NANOS_PER_MILLI;
    }

    /** Milliseconds held. */
    double held() {
        return heldTime().toNanos() / NANOS_PER_MILLI;
    }
}
