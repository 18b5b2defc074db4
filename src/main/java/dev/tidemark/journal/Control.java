package dev.tidemark.journal;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What people have said to a run while it copies.
 *
 * @param paused whether it rests until somebody says otherwise
 * @param why what was said as the reason, if anything
 * @param workers how many copy at a time, 0 for none; empty for what the change was configured with
 * @param limits its limits
 */
public record Control(boolean paused, Optional<String> why, OptionalInt workers, Limits limits) {
    /** Nobody said anything. */
    public static final Control NONE = new Control(false, Optional.empty(), OptionalInt.empty(), Limits.DEFAULT);

    /** One line for people. */
    @Override
    public String toString() {
        return (paused ? "paused" + why.map(w -> " (" + w + ")").orElse("") : "not paused")
                + ", workers "
                + (workers.isPresent() ? workers.getAsInt() + " (set)" : "as configured")
                + ", limits " + limits;
    }
}
