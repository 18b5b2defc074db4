package dev.tidemark.catalog;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Range;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Bounds as PostgreSQL prints them in UTC and ISO form. */
final class Bounds {
    private static final Pattern RANGE = Pattern.compile("FOR VALUES FROM \\(([^,()]+)\\) TO \\(([^,()]+)\\)");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,19}");
    private static final Pattern TIME = Pattern.compile(
            "(\\d{4,})-(\\d\\d)-(\\d\\d)(?: (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?(?:\\+00)?)?( BC)?");
    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final long SECONDS_PER_DAY = 86_400L;

    private Bounds() {}

    /** The range of {@code pg_get_expr(relpartbound, oid)}; unbounded for DEFAULT, LIST, HASH, several columns, and types that have no place on the line. */
    static Range range(@Nullable String expression) {
        Matcher matcher = RANGE.matcher(expression == null ? "" : expression);
        if (!matcher.matches()) {
            return Range.UNBOUNDED;
        }
        return range(unquoted(matcher.group(1)), unquoted(matcher.group(2)));
    }

    /** The range between two values; unbounded if one of them has no place on the line. */
    static Range range(String lower, String upper) {
        Optional<Bound> from = bound(lower);
        Optional<Bound> to = bound(upper);
        return from.isPresent() && to.isPresent() ? new Range(from.get(), to.get()) : Range.UNBOUNDED;
    }

    /** One value with its place on the line; empty for a text that is neither a time nor a whole number. */
    static Optional<Bound> bound(String text) {
        return switch (text) {
            case "MINVALUE" -> Optional.of(Bound.MINVALUE);
            case "MAXVALUE" -> Optional.of(Bound.MAXVALUE);
            case "-infinity" -> Optional.of(new Bound(text, Long.MIN_VALUE));
            case "infinity" -> Optional.of(new Bound(text, Long.MAX_VALUE));
            default -> WHOLE_NUMBER.matcher(text).matches() ? number(text) : time(text);
        };
    }

    private static Optional<Bound> number(String text) {
        try {
            return Optional.of(new Bound(text, Long.parseLong(text)));
        } catch (NumberFormatException e) {
            // A numeric key can lie outside of bigint.
            return Optional.empty();
        }
    }

    private static Optional<Bound> time(String text) {
        Matcher t = TIME.matcher(text);
        if (!t.matches()) {
            return Optional.empty();
        }
        int year = Integer.parseInt(t.group(1));
        LocalDate day = LocalDate.of(
                t.group(8) == null ? year : 1 - year, Integer.parseInt(t.group(2)), Integer.parseInt(t.group(3)));
        long seconds = day.toEpochDay() * SECONDS_PER_DAY;
        if (t.group(4) != null) {
            seconds += Long.parseLong(t.group(4)) * 3600 + Long.parseLong(t.group(5)) * 60 + Long.parseLong(t.group(6));
        }
        String fraction = t.group(7) == null ? "" : t.group(7);
        long micros = Long.parseLong((fraction + "000000").substring(0, 6));
        // The last 30 years of timestamptz, before the year 294276, lie beyond a long that counts from 1970.
        return seconds < Long.MAX_VALUE / MICROS_PER_SECOND
                ? Optional.of(new Bound(text, seconds * MICROS_PER_SECOND + micros))
                : Optional.empty();
    }

    private static String unquoted(String value) {
        return value.startsWith("'") ? value.substring(1, value.length() - 1) : value;
    }
}
