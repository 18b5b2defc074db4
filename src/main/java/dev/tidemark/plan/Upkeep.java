package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import java.util.Optional;

/**
 * The life of native partitions after the conversion.
 *
 * @param managedBy who makes them and lets them go
 * @param retentionMode what becomes of those that are too old
 * @param retentionGrace how long detached or moved ones are kept; empty for ever
 * @param retentionSchema where they are moved; empty unless they are
 */
public record Upkeep(
        ManagedBy managedBy,
        RetentionMode retentionMode,
        Optional<Interval> retentionGrace,
        Optional<String> retentionSchema) {
    /** Unless something else is said. */
    public static final Upkeep DEFAULTS =
            new Upkeep(ManagedBy.TIDEMARK, RetentionMode.DROP, Optional.empty(), Optional.empty());

    /** The same by somebody else. */
    public Upkeep by(ManagedBy other) {
        return new Upkeep(other, retentionMode, retentionGrace, retentionSchema);
    }
}
