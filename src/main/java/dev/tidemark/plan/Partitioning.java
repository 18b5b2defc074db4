package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import java.util.Optional;

/**
 * How native partitions are made, and what becomes of them.
 *
 * @param timeZone the zone whose days and months they follow, an IANA name
 * @param premake how many are made ahead of now, 0 or more
 * @param partitionName the pattern of their names: {@code {table}}, {@code {yyyy}}, {@code {MM}}, {@code {dd}}, {@code {HH}}; empty for the usual one of their
 *     width
 * @param defaultPartition whether there is a DEFAULT partition for rows that fit nowhere
 * @param upkeep their life afterwards
 */
public record Partitioning(
        String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition, Upkeep upkeep) {
    /** Of partitions unless something else is said. */
    public static final Interval DEFAULT_WIDTH = new Interval(0, 1, 0);

    /** The usual: days of UTC, 30 ahead, no DEFAULT partition. */
    public static final Partitioning DEFAULTS = new Partitioning("UTC", 30, Optional.empty(), false);

    /** More partitions than that slow every statement down that meets them all. */
    public static final int MOST_AHEAD = 10_000;

    private static final int MONTHS_A_YEAR = 12;
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    public Partitioning {
        if (premake < 0 || premake > MOST_AHEAD) {
            throw new IllegalArgumentException("premake is " + premake + "; from 0 to " + MOST_AHEAD + " are possible");
        }
    }

    /** Managed by Tidemark. */
    public Partitioning(String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition) {
        this(timeZone, premake, partitionName, defaultPartition, Upkeep.DEFAULTS);
    }

    /** The same with another life afterwards. */
    public Partitioning with(Upkeep other) {
        return new Partitioning(timeZone, premake, partitionName, defaultPartition, other);
    }

    /** The pattern of the names of partitions of that width. */
    String namePattern(Interval width) {
        return partitionName.orElseGet(
                () -> upkeep.managedBy() == ManagedBy.PG_PARTMAN ? PartmanSet.namePattern(width) : usualPattern(width));
    }

    private static String usualPattern(Interval width) {
        if (width.months() > 0) {
            return width.months() % MONTHS_A_YEAR == 0 ? "{table}_y{yyyy}" : "{table}_y{yyyy}m{MM}";
        }
        return width.microseconds() % MICROS_PER_DAY == 0
                ? "{table}_y{yyyy}m{MM}d{dd}"
                : "{table}_y{yyyy}m{MM}d{dd}h{HH}";
    }
}
