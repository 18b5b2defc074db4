package dev.tidemark.journal;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What is to change of a {@link Control}; everything else stays.
 *
 * @param paused to pause or to go on
 * @param why the reason of a pause
 * @param workers another number of workers; empty inside for what was configured
 * @param limits limits to set; empty inside is off
 * @param unset limits to give their default again
 */
public record ControlChange(
        Optional<Boolean> paused,
        Optional<String> why,
        Optional<OptionalInt> workers,
        Map<Limit, OptionalLong> limits,
        Set<Limit> unset) {
    /** Changes nothing. */
    public static final ControlChange NONE =
            new ControlChange(Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Set.of());

    public ControlChange {
        limits = Map.copyOf(limits);
        unset = Set.copyOf(unset);
    }

    /** Pauses too. */
    public ControlChange pausing(Optional<String> because) {
        return new ControlChange(Optional.of(true), because, workers, limits, unset);
    }

    /** Ends a pause too. */
    public ControlChange resuming() {
        return new ControlChange(Optional.of(false), Optional.empty(), workers, limits, unset);
    }

    /** Sets the number of workers too, 0 to rest; empty for what was configured. */
    public ControlChange workers(OptionalInt number) {
        return new ControlChange(paused, why, Optional.of(number), limits, unset);
    }

    /** Sets a limit too: milliseconds, bytes or a number; empty for off. */
    public ControlChange limit(Limit limit, OptionalLong value) {
        Map<Limit, OptionalLong> more = new LinkedHashMap<>(limits);
        more.put(limit, value);
        return new ControlChange(paused, why, workers, more, unset);
    }

    /** Gives a limit its default again too. */
    public ControlChange unset(Limit limit) {
        Set<Limit> more = new HashSet<>(unset);
        more.add(limit);
        return new ControlChange(paused, why, workers, limits, more);
    }
}
