package dev.tidemark.run;

import java.time.Duration;

/** Times one window: from asking for its locks to having them, and from then on. */
final class Stopwatch {
    private static final double NANOS_PER_MILLI = 1e6;

    private long asked = System.nanoTime();
    private long locked;

    void asked() {
        asked = System.nanoTime();
        locked = 0;
    }

    void locked() {
        locked = System.nanoTime();
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
