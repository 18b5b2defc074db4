package dev.tidemark.catalog;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From the suffix of a partition's name to its range.
 *
 * <p>A suffix is wall-clock time in the zone that the session had which made the partition. So the likely zones are tried in turn, then all others, and one is
 * believed only if it gives every attached partition the bounds that it really has.
 *
 * @param format the suffix in {@code to_char} form; empty where the suffix is the first number
 * @param type the key's type, as in {@code pg_type.typname}
 * @param perSecond units per second of an integer key that holds times, otherwise 0
 * @param width the width where the suffix is a number
 * @param months months, days and seconds are the width where it is a time
 * @param zones names of the likely zones
 */
record PartmanGrid(
        Optional<String> format,
        String type,
        long perSecond,
        long width,
        int months,
        int days,
        long seconds,
        List<String> zones) {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    /** The zones that explain the names of all {@code attached} partitions: the first likely one alone, or else every one that there is. */
    List<ZoneId> zones(List<Partition> attached) {
        Set<String> known = ZoneId.getAvailableZoneIds();
        List<ZoneId> likely = explaining(zones.stream().filter(known::contains), attached)
                .limit(1)
                .toList();
        return likely.isEmpty() ? explaining(known.stream(), attached).toList() : likely;
    }

    private Stream<ZoneId> explaining(Stream<String> names, List<Partition> attached) {
        return names.map(ZoneId::of).filter(zone -> attached.stream().allMatch(p -> explains(zone, p)));
    }

    /** What the suffix can mean: one range where the zones agree about it, none where it does not follow the format. */
    Set<Range> ranges(String suffix, List<ZoneId> possible) {
        return possible.stream()
                .map(zone -> range(suffix, zone))
                .filter(range -> !range.equals(Range.UNBOUNDED))
                .collect(Collectors.toSet());
    }

    private boolean explains(ZoneId zone, Partition partition) {
        int tail = partition.name().name().lastIndexOf("_p");
        return partition.isDefault()
                || tail < 0
                || range(partition.name().name().substring(tail + 2), zone).equals(partition.range());
    }

    /** The range; unbounded where the suffix does not follow the format. */
    Range range(String suffix, ZoneId zone) {
        try {
            if (format.isEmpty()) {
                long lower = Long.parseLong(suffix);
                return Bounds.range(Long.toString(lower), Long.toString(lower + width));
            }
            Optional<LocalDateTime> lower = SuffixFormat.parse(format.get(), suffix);
            return lower.map(l -> Bounds.range(
                            text(l, zone, 0), text(l.plusMonths(months).plusDays(days), zone, seconds)))
                    .orElse(Range.UNBOUNDED);
        } catch (DateTimeException | NumberFormatException e) {
            // A name that only looks like a partition's, such as t_p20261399.
            return Range.UNBOUNDED;
        }
    }

    private String text(LocalDateTime wall, ZoneId zone, long plusSeconds) {
        Instant instant = wall.atZone(zone).toInstant().plusSeconds(plusSeconds);
        return switch (type) {
            case "date" -> DATE.format(wall);
            case "timestamp" -> TIME.format(wall.plusSeconds(plusSeconds));
            case "timestamptz" -> TIME.format(instant.atOffset(ZoneOffset.UTC)) + "+00";
            default -> Long.toString(Math.multiplyExact(instant.getEpochSecond(), perSecond));
        };
    }
}
