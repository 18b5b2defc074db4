package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import java.util.Optional;

/**
 * How native partitions are made.
 *
 * @param timeZone the zone whose days and months they follow, an IANA name
 * @param premake how many are made ahead of now, 0 or more
 * @param partitionName the pattern of their names: {@code {table}}, {@code {yyyy}}, {@code {MM}}, {@code {dd}}, {@code {HH}}; empty for the usual one of their
 *     width
 * @param defaultPartition whether there is a DEFAULT partition for rows that fit nowhere
 */
public record Partitioning(String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition) {
    /** Of partitions unless something else is said. */
    public static final Interval DEFAULT_WIDTH = new Interval(0, 1, 0);

    /** The usual: days of UTC, 30 ahead, no DEFAULT partition. */
    public static final Partitioning DEFAULTS = new Partitioning("UTC", 30, Optional.empty(), false);

    /** More partitions than that slow every statement down that meets them all. */
    public static final int MOST_AHEAD = 10_000;

    public Partitioning {
        if (premake < 0 || premake > MOST_AHEAD) {
            throw new IllegalArgumentException("premake is " + premake + "; from 0 to " + MOST_AHEAD + " are possible");
        }
    }
}
