package dev.tidemark.journal;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The limits of a run. What the defaults are and why stands with each {@link Limit}.
 *
 * @param own those that were set for this run; empty is off
 */
public record Limits(Map<Limit, OptionalLong> own) {
    /** Nothing set: every limit has its default. */
    public static final Limits DEFAULT = new Limits(Map.of());

    public Limits {
        own = Map.copyOf(own);
    }

    /** What holds now: milliseconds, bytes or a number; empty is off. */
    public OptionalLong of(Limit limit) {
        return own.getOrDefault(limit, limit.ifUnset());
    }

    /** All of them as they would be given on the command line, those that were set marked. */
    @Override
    public String toString() {
        return Arrays.stream(Limit.values())
                .map(limit -> limit.option() + "=" + limit.words(of(limit)) + (own.containsKey(limit) ? " (set)" : ""))
                .collect(Collectors.joining(", "));
    }
}
