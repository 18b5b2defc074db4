package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import java.util.Optional;

/**
 * How native partitions are made, and what becomes of them.
 *
 * @param timeZone the zone whose days and months they follow, an IANA name; {@link #AS_MANAGED}, for an exchange
 * @param premake how many are made ahead of now, 0 or more
 * @param partitionName the pattern of their names: {@code {table}}, {@code {yyyy}}, {@code {MM}}, {@code {dd}}, {@code {HH}}; empty for the usual one of their
 *     width
 * @param defaultPartition whether there is a DEFAULT partition for rows that fit nowhere
 * @param upkeep their life afterwards
 * @param copySince how far back rows are copied; older ones stay in the retired table; empty for all of them
 * @param keyGuard whether a trigger keeps a key unique that the time column was added to
 */
public record Partitioning(
        String timeZone,
        int premake,
        Optional<String> partitionName,
        boolean defaultPartition,
        Upkeep upkeep,
        Optional<Interval> copySince,
        boolean keyGuard) {
    /** Of partitions unless something else is said. */
    public static final Interval DEFAULT_WIDTH = new Interval(0, 1, 0);

    /** The usual: days of UTC, 30 ahead, no DEFAULT partition. */
    public static final Partitioning DEFAULTS = new Partitioning("UTC", 30, Optional.empty(), false);

    /** More partitions than that slow every statement down that meets them all. */
    public static final int MOST_AHEAD = 10_000;

    /** So far partitions reach at least, unless somebody wants less: health warns three days before they end, whoever has died meanwhile. */
    private static final long USUAL_DAYS = 5;

    /** Stands for the zone by which the table's partitions are made already, or UTC. */
    public static final String AS_MANAGED = "";

    private static final int MONTHS_A_YEAR = 12;
    private static final long MICROS_PER_HOUR = 3_600_000_000L;
    private static final long MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

    /** Managed by Tidemark, with all rows, and without a guard of a former key. */
    public Partitioning(String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition) {
        this(timeZone, premake, partitionName, defaultPartition, Upkeep.DEFAULTS);
    }

    /** With all rows, and without a guard of a former key. */
    public Partitioning(
            String timeZone, int premake, Optional<String> partitionName, boolean defaultPartition, Upkeep upkeep) {
        this(timeZone, premake, partitionName, defaultPartition, upkeep, Optional.empty(), false);
    }

    /** Managed by Tidemark. */
    public Partitioning(
            String timeZone,
            int premake,
            Optional<String> partitionName,
            boolean defaultPartition,
            Optional<Interval> copySince,
            boolean keyGuard) {
        this(timeZone, premake, partitionName, defaultPartition, Upkeep.DEFAULTS, copySince, keyGuard);
    }

    public Partitioning {
        if (premake < 0 || premake > MOST_AHEAD) {
            throw new IllegalArgumentException("premake is " + premake + "; from 0 to " + MOST_AHEAD + " are possible");
        }
    }

    /** How many partitions of that width are made ahead where nobody says: 30, and as many as five days need. */
    public static int usualPremake(Interval width) {
        long days = (USUAL_DAYS * MICROS_PER_DAY + width.roughMicroseconds() - 1) / width.roughMicroseconds();
        return (int) Math.min(MOST_AHEAD, Math.max(DEFAULTS.premake(), days));
    }

    /** What a resume must find unchanged; what is left out has no say, so that runs which began before it was known can be resumed. */
    String identity() {
        return "Partitioning[timeZone=" + timeZone + ", premake=" + premake + ", partitionName=" + partitionName
                + ", defaultPartition=" + defaultPartition + "]"
                + copySince.map(since -> " copySince=" + since).orElse("")
                + (upkeep.equals(Upkeep.DEFAULTS) ? "" : " " + upkeep)
                + (keyGuard ? " keyGuard=true" : "");
    }

    /** The same with another life afterwards. */
    public Partitioning with(Upkeep other) {
        return new Partitioning(timeZone, premake, partitionName, defaultPartition, other, copySince, keyGuard);
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
                : "{table}_y{yyyy}m{MM}d{dd}h{HH}" + (width.microseconds() % MICROS_PER_HOUR == 0 ? "" : "m{mm}");
    }
}
