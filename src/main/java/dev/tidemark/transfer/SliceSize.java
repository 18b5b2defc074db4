package dev.tidemark.transfer;

import dev.tidemark.plan.Action.Slices.Unit;
import java.time.Duration;

/** How large the next slice of one worker should be, so that it takes about as long as wanted, and is no larger than may be. For use by one thread. */
final class SliceSize {
    /** 512 kB of heap: small enough for a slow disk and for rows that point to much TOAST. */
    private static final long FIRST_BLOCKS = 64;

    /** 64 MB of heap, as SliceBytes has it for rows with TOAST. */
    private static final long MOST_BLOCKS = 8_192;

    private static final long FIRST_ROWS = 1_000;
    /** Growth and shrinking at a time: one slow slice must not make the next ones tiny, nor a fast one make them huge. */
    private static final int STEP = 4;

    private final long targetMillis;
    private final long most;
    private long wanted;

    SliceSize(Unit unit, Duration target) {
        this.targetMillis = Math.max(1, target.toMillis());
        this.most = unit == Unit.BLOCKS ? MOST_BLOCKS : Long.MAX_VALUE;
        this.wanted = switch (unit) {
            case BLOCKS -> FIRST_BLOCKS;
            case KEYS -> FIRST_ROWS;
            case POSITIONS, WHOLE -> Long.MAX_VALUE;
        };
    }

    long wanted() {
        return wanted;
    }

    /** Whether a slice of that weight is so much larger that it must be cut. */
    boolean isTooLarge(long weight) {
        return weight / 2 >= wanted;
    }

    /** Learns from a slice that was done. */
    void took(long weight, long millis) {
        if (weight <= 0) {
            return;
        }
        double fitting = (double) weight * targetMillis / Math.max(1, millis);
        double basis = Math.min(wanted, weight);
        double next = Math.min(Math.max(fitting, basis / STEP), basis * STEP);
        wanted = wanted == Long.MAX_VALUE && next >= weight ? wanted : Math.min(most, Math.max(1, Math.round(next)));
    }
}
