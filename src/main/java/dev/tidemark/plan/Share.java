package dev.tidemark.plan;

import dev.tidemark.schema.Counted;

/**
 * What a copy that takes only later rows along leaves behind.
 *
 * @param boundary where they begin
 * @param left how many rows of how many are before it
 */
public record Share(Boundary boundary, Counted left) {
    /** All there is, in {@link #millionths()}. */
    public static final long WHOLE = 1_000_000L;

    /** How much is copied of a million rows. */
    public long millionths() {
        return left.rows() <= 0 ? WHOLE : Math.max(0, WHOLE - left.matching() * WHOLE / left.rows());
    }

    /** So much of a size. */
    long of(long bytes) {
        return Math.round((double) bytes * millionths() / WHOLE);
    }
}
