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

/**
 * From the suffix of a partition's name to its range.
 *
 * <p>A suffix is wall-clock time in the zone that the session had which made the partition. So the likely zones are tried in turn, and one is believed only if
 * it gives every attached partition the bounds that it really has.
 *
 * @param format the suffix in {@code to_char} form; empty where the suffix is the first number
 * @param type the key's type, as in {@code pg_type.typname}
 * @param perSecond units per second of an integer key that holds times, otherwise 0
 * @param width the width where the suffix is a number
 * @param months months, days and seconds are the width where it is a time
 * @param zones names of the zones to try
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

    /** The zone that explains the names of all {@code attached} partitions; empty if none does. */
    Optional<ZoneId> zone(List<Partition> attached) {
        return zones.stream()
                .filter(ZoneId.getAvailableZoneIds()::contains)
                .map(ZoneId::of)
                .filter(zone -> attached.stream().allMatch(p -> explains(zone, p)))
                .findFirst();
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
