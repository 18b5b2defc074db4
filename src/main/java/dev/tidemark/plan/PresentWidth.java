package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How wide the partitions of a table are, told by their bounds: most of them. Months, quarters and years are known by having about as many days; a day of
 * a zone with summer time has 23 to 25 hours.
 */
final class PresentWidth {
    private static final long HOUR = 3_600_000_000L;
    private static final long DAY = 24 * HOUR;

    private static final List<Calendar> CALENDARS = List.of(
            new Calendar(DAY - HOUR, DAY + HOUR, new Interval(0, 1, 0)),
            new Calendar(7 * DAY - HOUR, 7 * DAY + HOUR, new Interval(0, 7, 0)),
            new Calendar(28 * DAY - HOUR, 31 * DAY + HOUR, new Interval(1, 0, 0)),
            new Calendar(90 * DAY - HOUR, 92 * DAY + HOUR, new Interval(3, 0, 0)),
            new Calendar(365 * DAY - HOUR, 366 * DAY + HOUR, new Interval(12, 0, 0)));

    /** A width of the calendar, which is so many microseconds long. */
    private record Calendar(long shortest, long longest, Interval interval) {}

    private PresentWidth() {}

    /** Asked for, or that of most partitions. Plain numbers count as microseconds. */
    static Optional<Interval> of(ConversionTarget target, Table whole) {
        return target.chunkInterval().or(() -> told(target, whole));
    }

    private static Optional<Interval> told(ConversionTarget target, Table whole) {
        return widths(target, whole).entrySet().stream()
                .max(Map.Entry.<Interval, Long>comparingByValue()
                        .thenComparing(e -> e.getKey().roughMicroseconds(), Comparator.reverseOrder()))
                .map(Map.Entry::getKey);
    }

    private static Map<Interval, Long> widths(ConversionTarget target, Table whole) {
        return finite(whole).stream()
                .collect(Collectors.groupingBy(p -> width(target, whole, p), Collectors.counting()));
    }

    private static List<Partition> finite(Table whole) {
        return ExchangedPart.children(whole).stream()
                .filter(p -> p.byTime()
                        && p.range().lower().isFinite()
                        && p.range().upper().isFinite())
                .toList();
    }

    private static Interval width(ConversionTarget target, Table whole, Partition partition) {
        long length =
                partition.range().upper().position() - partition.range().lower().position();
        boolean numbers = isNumbers(target, whole);
        long micros = numbers ? length : Subjects.micros(length, target.epoch());
        return CALENDARS.stream()
                .filter(c -> !numbers && c.shortest() <= micros && micros <= c.longest())
                .map(Calendar::interval)
                .findFirst()
                .orElseGet(() -> numbers ? new Interval(0, 0, micros) : days(micros));
    }

    /** Whole days count as such, although one of them may have an hour more or less. */
    private static Interval days(long micros) {
        long days = (micros + DAY / 2) / DAY;
        return days > 0 && Math.abs(micros - days * DAY) <= HOUR
                ? new Interval(0, Math.toIntExact(days), 0)
                : new Interval(0, 0, micros);
    }

    /** Whether the key counts something that is no time: an integer without a unit. */
    static boolean isNumbers(ConversionTarget target, Table whole) {
        return target.epoch().isEmpty()
                && whole.column(target.timeColumn())
                        .flatMap(TimeType::of)
                        .filter(TimeType::isInteger)
                        .isPresent();
    }

    /** The width in units of {@link Bound#position()}. */
    static Optional<Long> length(ConversionTarget target, Table whole) {
        return whole.column(target.timeColumn()).flatMap(TimeType::of).flatMap(type -> of(target, whole)
                .map(interval -> type.length(interval, target.epoch().or(() -> Optional.of(Epoch.US)))));
    }

    /** Where one of the partitions that have this width begins: the newest, because a grid may have been changed. */
    static Optional<Bound> beginning(ConversionTarget target, Table whole, Interval width) {
        return finite(whole).stream()
                .filter(p -> width(target, whole, p).roughMicroseconds() == width.roughMicroseconds())
                .map(p -> p.range().lower())
                .max(Comparator.naturalOrder());
    }

    /** The native partitions of a table that has some. */
    static Optional<Layout.NativePartitions> partitions(Table whole) {
        return whole.layout().match(h -> Optional.empty(), Optional::of, h -> Optional.empty());
    }
}
