package dev.tidemark.schema;

import java.time.Duration;

/**
 * How many rows of a table meet a condition.
 *
 * @param rows all of them
 * @param matching those that do
 * @param exact whether they were counted, in one look at the table; estimated from statistics otherwise
 * @param took how long that took
 */
public record Counted(long rows, long matching, boolean exact, Duration took) {}
