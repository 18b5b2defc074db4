package dev.tidemark.testing;

import java.time.Duration;
import java.util.Arrays;

/** Every measured time, so that maximum and percentiles are exact. Safe for several threads. */
public final class Latencies {

    private long[] nanos = new long[4096];
    private int count;

    public synchronized void add(long elapsedNanos) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = elapsedNanos;
    }

    public synchronized int count() {
        return count;
    }

    /** Zero if nothing was measured. */
    public Duration max() {
        return percentile(100);
    }

    public Duration p99() {
        return percentile(99);
    }

    public synchronized Duration percentile(double percent) {
        if (count == 0) {
            return Duration.ZERO;
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return Duration.ofNanos(sorted[Math.max(0, (int) Math.ceil(count * percent / 100) - 1)]);
    }

    @Override
    public String toString() {
        return "%d times, median %d ms, p99 %d ms, max %d ms"
                .formatted(count(), percentile(50).toMillis(), p99().toMillis(), max().toMillis());
    }
}
