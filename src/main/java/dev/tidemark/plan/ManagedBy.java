package dev.tidemark.plan;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who makes the partitions that are needed next, and lets old ones go. */
public enum ManagedBy {
    /** Functions that Tidemark leaves in the database. */
    TIDEMARK,
    /** The extension pg_partman. */
    PG_PARTMAN,
    /** The user. */
    NONE;

    /** What a user has written. @throws IllegalArgumentException naming the words that are allowed */
    public static ManagedBy parse(String text) {
        return Arrays.stream(values())
                .filter(value -> value.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("allowed are "
                        + Arrays.stream(values()).map(ManagedBy::toString).collect(Collectors.joining(", "))));
    }

    /** As users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
