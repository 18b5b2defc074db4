package dev.tidemark.schema;

/**
 * One end of a partition's range.
 *
 * @param text the value as PostgreSQL prints it in UTC and ISO form, without quotes: {@code 2026-11-01 00:00:00+00}, {@code 1700000000}; or
 *     MINVALUE / MAXVALUE
 * @param position the same on one number line: microseconds since 1970-01-01 00:00 UTC for timestamptz, timestamp and date, the number itself
 *     for integers, the ends of {@code long} for MINVALUE and MAXVALUE. It is also TimescaleDB's internal form.
 */
public record Bound(String text, long position) implements Comparable<Bound> {
    public static final Bound MINVALUE = new Bound("MINVALUE", Long.MIN_VALUE);
    public static final Bound MAXVALUE = new Bound("MAXVALUE", Long.MAX_VALUE);

    /** Whether it is a value and not MINVALUE or MAXVALUE. */
    public boolean isFinite() {
        return position != Long.MIN_VALUE && position != Long.MAX_VALUE;
    }

    @Override
    public int compareTo(Bound other) {
        return Long.compare(position, other.position);
    }
}
