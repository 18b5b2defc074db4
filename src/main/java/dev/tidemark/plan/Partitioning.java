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
 * @param copySince how far back rows are copied; older ones stay in the retired table; empty for all of them
 * @param keyGuard whether a trigger keeps a key unique that the time column was added to
 */
public record Partitioning(
        String timeZone,
        int premake,
        Optional<String> partitionName,
        boolean defaultPartition,
        Optional<Interval> copySince,
        boolean keyGuard) {
    /** Of partitions unless something else is said. */
    public static final Interval DEFAULT_WIDTH = new Interval(0, 1, 0);

    /** The usual: days of UTC, 30 ahead, no DEFAULT partition. */
    public static final Partitioning DEFAULTS = new Partitioning("UTC", 30, Optional.empty(), false);

    /** More partitions than that slow every statement down that meets them all. */
    public static final int MOST_AHEAD = 10_000;

    /** With all rows, and without a guard of a former key. */
    public Partitioning(String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition) {
        this(timeZone, premake, partitionName, defaultPartition, Optional.empty(), false);
    }

    public Partitioning {
        if (premake < 0 || premake > MOST_AHEAD) {
            throw new IllegalArgumentException("premake is " + premake + "; from 0 to " + MOST_AHEAD + " are possible");
        }
    }

    /** What a resume must find unchanged; what is left out has no say, so that runs which began before it was known can be resumed. */
    String identity() {
        return "Partitioning[timeZone=" + timeZone + ", premake=" + premake + ", partitionName=" + partitionName
                + ", defaultPartition=" + defaultPartition + "]"
                + copySince.map(since -> " copySince=" + since).orElse("")
                + (keyGuard ? " keyGuard=true" : "");
    }
}
