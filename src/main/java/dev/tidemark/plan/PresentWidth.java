package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How wide the partitions of a table are, told by their bounds: most of them. Months, quarters and years begin and end where a month does in some zone; a day
 * of a zone with summer time has 23 to 25 hours.
 */
final class PresentWidth {
    private static final long MICROS = 1_000_000L;
    private static final long HOUR = 3_600 * MICROS;
    private static final long DAY = 24 * HOUR;
    /** No zone is further from UTC. */
    private static final long FURTHEST_ZONE = 14 * HOUR;

    private static final int MONTHS_A_YEAR = 12;
    /** Share of the partitions that must have one width for it to be theirs. */
    private static final double COMMON = 0.8;

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

    /** That which nearly all partitions have that are not partitioned themselves; pg_partman's, where it manages them. */
    static Optional<Interval> common(ConversionTarget target, Table whole) {
        return partitions(whole)
                .flatMap(Layout.NativePartitions::partman)
                .flatMap(Subjects::partmanWidth)
                .or(() -> told(target, whole)
                        .filter(width -> widths(target, whole).getOrDefault(width, 0L)
                                        >= COMMON * finite(whole).size()
                                && Pieces.leaves(whole)
                                        .allMatch(leaf -> whole.name().equals(leaf.parent()))));
    }

    private static Interval width(ConversionTarget target, Table whole, Partition partition) {
        long lower = partition.range().lower().position();
        long upper = partition.range().upper().position();
        if (isNumbers(target, whole)) {
            return new Interval(0, 0, upper - lower);
        }
        long from = Subjects.micros(lower, target.epoch());
        long to = Subjects.micros(upper, target.epoch());
        Optional<Integer> months = monthBeginning(from)
                .flatMap(first -> monthBeginning(to).map(last -> last - first))
                .filter(n -> n > 0);
        if (months.isPresent()) {
            return new Interval(months.get(), 0, 0);
        }
        long days = Math.round((double) (to - from) / DAY);
        return days > 0 && Math.abs(to - from - days * DAY) <= HOUR
                ? new Interval(0, Math.toIntExact(days), 0)
                : new Interval(0, 0, to - from);
    }

    /** The number of the month that begins there in some zone; empty where none does. */
    private static Optional<Integer> monthBeginning(long micros) {
        LocalDateTime latest =
                LocalDateTime.ofEpochSecond(Math.floorDiv(micros + FURTHEST_ZONE, MICROS), 0, ZoneOffset.UTC);
        boolean begins = latest.getDayOfMonth() == 1 || (latest.getDayOfMonth() == 2 && latest.getHour() < 4);
        return begins ? Optional.of(latest.getYear() * MONTHS_A_YEAR + latest.getMonthValue()) : Optional.empty();
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
