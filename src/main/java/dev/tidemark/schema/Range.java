package dev.tidemark.schema;

/**
 * A half-open range of the time column.
 *
 * @param lower first value inside
 * @param upper first value outside
 */
public record Range(Bound lower, Bound upper) {
    /** Everything. */
    public static final Range UNBOUNDED = new Range(Bound.MINVALUE, Bound.MAXVALUE);

    /** Whether the two share a value. */
    public boolean overlaps(Range other) {
        return lower.compareTo(other.upper) < 0 && other.lower.compareTo(upper) < 0;
    }

    /** {@code [2026-11-01 00:00:00+00, 2026-11-02 00:00:00+00)}. */
    @Override
    public String toString() {
        return "[" + lower.text() + ", " + upper.text() + ")";
    }
}
