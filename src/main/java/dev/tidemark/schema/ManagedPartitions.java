package dev.tidemark.schema;

import java.util.Optional;

/**
 * How the functions in the database make a table's partitions.
 *
 * @param width how wide they are
 * @param epoch the unit of an integer column: {@code s}, {@code ms}, {@code us} or {@code ns}; empty for others
 * @param timeZone the zone whose days and months they follow
 * @param namePattern how they are called
 */
public record ManagedPartitions(Interval width, Optional<String> epoch, String timeZone, String namePattern) {}
