package dev.tidemark.plan;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a run behaves until its cutover, without a say in what it ends in.
 *
 * @param manual whether it ends before its cutover, and waits for somebody to say so
 * @param hours in which the cutover may begin; any time if empty
 * @param logLimit bytes that the log of changes of each table may have, -1 for no limit; empty for the default. Written down when a run is begun
 */
public record UntilCutover(boolean manual, Optional<CutoverHours> hours, OptionalLong logLimit) {
    /** Cuts over by itself, whenever it is ready. */
    public static final UntilCutover DEFAULTS = new UntilCutover(false, Optional.empty(), OptionalLong.empty());

    /** Cuts over by itself in those hours. */
    public static UntilCutover within(Optional<CutoverHours> hours) {
        return new UntilCutover(false, hours, OptionalLong.empty());
    }
}
