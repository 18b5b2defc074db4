package dev.tidemark.schema;

import java.time.Duration;
import java.time.Period;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A length of time as PostgreSQL counts it: months, days and microseconds apart, because neither a month nor a day has a fixed length.
 *
 * @param months calendar months
 * @param days calendar days
 * @param microseconds the rest
 */
public record Interval(int months, int days, long microseconds) {
    private static final long SECOND = 1_000_000L;
    /** TimescaleDB counts a month as 30 days in chunk intervals; so do we where a fixed length is asked for. */
    private static final long DAY = 86_400L * SECOND;

    private static final Pattern PART = Pattern.compile("\\s*([+-]?\\d+)\\s*([a-z]+)\\s*,?");
    private static final Pattern CLOCK =
            Pattern.compile("(.*?)\\s*(-?\\d{1,9}):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,6}))?)?\\s*$");

    private static final Map<String, Interval> UNITS = Map.ofEntries(
            Map.entry("microsecond", new Interval(0, 0, 1)),
            Map.entry("us", new Interval(0, 0, 1)),
            Map.entry("millisecond", new Interval(0, 0, 1_000)),
            Map.entry("ms", new Interval(0, 0, 1_000)),
            Map.entry("second", new Interval(0, 0, SECOND)),
            Map.entry("sec", new Interval(0, 0, SECOND)),
            Map.entry("s", new Interval(0, 0, SECOND)),
            Map.entry("minute", new Interval(0, 0, 60 * SECOND)),
            Map.entry("min", new Interval(0, 0, 60 * SECOND)),
            Map.entry("hour", new Interval(0, 0, 3_600 * SECOND)),
            Map.entry("h", new Interval(0, 0, 3_600 * SECOND)),
            Map.entry("day", new Interval(0, 1, 0)),
            Map.entry("d", new Interval(0, 1, 0)),
            Map.entry("week", new Interval(0, 7, 0)),
            Map.entry("w", new Interval(0, 7, 0)),
            Map.entry("month", new Interval(1, 0, 0)),
            Map.entry("mon", new Interval(1, 0, 0)),
            Map.entry("quarter", new Interval(3, 0, 0)),
            Map.entry("year", new Interval(12, 0, 0)),
            Map.entry("y", new Interval(12, 0, 0)));

    /**
     * Reads PostgreSQL's form ({@code 1 day}, {@code 2 hours 30 minutes}, {@code 1 mon 01:30:00}) or ISO 8601's ({@code P1D}, {@code PT2S}).
     *
     * @throws IllegalArgumentException if it is neither, or not longer than zero
     */
    public static Interval parse(String text) {
        String trimmed = text.strip();
        Interval parsed = trimmed.startsWith("P") ? iso(trimmed) : words(trimmed.toLowerCase(Locale.ROOT));
        if (parsed.roughMicroseconds() <= 0) {
            throw invalid(text);
        }
        return parsed;
    }

    /** The length with months of 30 days and days of 24 hours. */
    public long roughMicroseconds() {
        return Math.addExact(Math.multiplyExact(months * 30L + days, DAY), microseconds);
    }

    /** The same as a duration, with months of 30 days and days of 24 hours. */
    public Duration roughly() {
        return Duration.ofNanos(Math.multiplyExact(roughMicroseconds(), 1_000L));
    }

    /** In PostgreSQL's form, ready for an interval literal: {@code 1 mon 2 days 00:00:01.5} is written {@code 1 months 2 days 1500000 microseconds}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text, months, "month");
        append(text, days, "day");
        if (microseconds != 0 && microseconds % (3_600 * SECOND) == 0) {
            append(text, microseconds / (3_600 * SECOND), "hour");
        } else if (microseconds != 0 && microseconds % (60 * SECOND) == 0) {
            append(text, microseconds / (60 * SECOND), "minute");
        } else if (microseconds != 0 && microseconds % SECOND == 0) {
            append(text, microseconds / SECOND, "second");
        } else {
            append(text, microseconds, "microsecond");
        }
        return text.toString();
    }

    private static void append(StringBuilder text, long number, String unit) {
        if (number != 0) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(number)
                    .append(' ')
                    .append(unit)
                    .append(number == 1 ? "" : "s");
        }
    }

    private static Interval words(String text) {
        String rest = text;
        Interval sum = new Interval(0, 0, 0);
        Matcher clock = CLOCK.matcher(text);
        if (clock.matches()) {
            rest = clock.group(1);
            sum = sum.plus(clockTime(clock), 1);
        }
        Matcher part = PART.matcher(rest);
        int end = 0;
        while (part.lookingAt()) {
            sum = sum.plus(unit(part.group(2), text), Integer.parseInt(part.group(1)));
            end = part.end();
            part.region(end, rest.length());
        }
        if (!rest.substring(end).isBlank()) {
            throw invalid(text);
        }
        return sum;
    }

    private static Interval clockTime(Matcher clock) {
        String seconds = clock.group(4) == null ? "0" : clock.group(4);
        String fraction = clock.group(5) == null ? "0" : (clock.group(5) + "000000").substring(0, 6);
        long hours = Long.parseLong(clock.group(2));
        long rest = (Long.parseLong(clock.group(3)) * 60 + Long.parseLong(seconds)) * SECOND + Long.parseLong(fraction);
        return new Interval(0, 0, hours * 3_600 * SECOND + (clock.group(2).startsWith("-") ? -rest : rest));
    }

    private static Interval unit(String word, String text) {
        Interval unit = UNITS.get(word);
        if (unit == null && word.endsWith("s")) {
            unit = UNITS.get(word.substring(0, word.length() - 1));
        }
        if (unit == null) {
            throw invalid(text);
        }
        return unit;
    }

    @SuppressWarnings("JavaPeriodGetDays") // months and days are wanted apart
    private static Interval iso(String text) {
        try {
            int time = text.indexOf('T');
            Period date = text.startsWith("PT") ? Period.ZERO : Period.parse(time < 0 ? text : text.substring(0, time));
            Duration clock = time < 0 ? Duration.ZERO : Duration.parse("P" + text.substring(time));
            return new Interval((int) date.toTotalMonths(), date.getDays(), clock.toNanos() / 1_000);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(invalid(text).getMessage(), e);
        }
    }

    private Interval plus(Interval other, int times) {
        return new Interval(
                Math.addExact(months, Math.multiplyExact(other.months, times)),
                Math.addExact(days, Math.multiplyExact(other.days, times)),
                Math.addExact(microseconds, Math.multiplyExact(other.microseconds, (long) times)));
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("\"" + text
                + "\" is not an interval longer than zero; write it like \"1 day\", \"2 hours 30 minutes\" or \"P1D\"");
    }
}
