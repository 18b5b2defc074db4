package dev.tidemark.transfer;

import dev.tidemark.session.Session;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.LongSupplier;

/**
 * Where the write-ahead log was when, so that a position becomes an age.
 *
 * <p>{@code pg_stat_replication.replay_lag} cannot do that: it stays at its last value while a standby does not replay, and is gone with the standby.
 */
final class WalHistory {
    /** An hour at one a second; whoever is behind by more is behind by more than any limit. */
    private static final int KEPT = 3_600;
    /** Long enough that one checkpoint's burst of full pages is no rate, short enough to follow a writer. */
    private static final Duration RATE_OVER = Duration.ofSeconds(5);

    private static final String POSITION = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";

    private record Sample(long nanos, long position) {}

    private final Session session;
    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();

    WalHistory(Session session, LongSupplier nanoTime) {
        this.session = session;
        this.nanoTime = nanoTime;
    }

    /** Looks where the log is now. */
    void sample() {
        long position = session.first(POSITION, r -> r.getLong(1)).orElseThrow();
        samples.addLast(new Sample(nanoTime.getAsLong(), position));
        if (samples.size() > KEPT) {
            samples.removeFirst();
        }
    }

    /** How long ago the log went beyond that position; zero if it has not; less than the truth if that was before the first sample. */
    Duration age(long position) {
        for (Sample sample : samples) {
            if (sample.position() > position) {
                return Duration.ofNanos(nanoTime.getAsLong() - sample.nanos());
            }
        }
        return Duration.ZERO;
    }

    /** Bytes between that position and the newest sample. */
    long bytesSince(long position) {
        return samples.isEmpty() ? 0 : Math.max(0, samples.getLast().position() - position);
    }

    /** Bytes a second over the last seconds; 0 before there are two samples. */
    long bytesPerSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample last = samples.getLast();
        Sample first = last;
        Iterator<Sample> backwards = samples.descendingIterator();
        while (backwards.hasNext() && last.nanos() - first.nanos() < RATE_OVER.toNanos()) {
            first = backwards.next();
        }
        double seconds = (last.nanos() - first.nanos()) / 1e9;
        return seconds == 0 ? 0 : Math.round((last.position() - first.position()) / seconds);
    }
}
