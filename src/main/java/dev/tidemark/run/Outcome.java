package dev.tidemark.run;

import java.time.Duration;
import java.util.List;

/**
 * How a run ended.
 *
 * @param runId its id in the journal
 * @param result what happened
 * @param steps steps carried out by this call
 * @param longestWindow the longest {@link ClosedWindow#pause()} among them
 * @param total how long this call took
 * @param proofs the proofs on record, one line each
 * @param took how long each of those steps took, in order; to be held against {@link dev.tidemark.plan.Plan#estimate()}
 */
public record Outcome(
        String runId,
        Result result,
        int steps,
        Duration longestWindow,
        Duration total,
        List<String> proofs,
        List<Took> took) {

    /**
     * How long a step took.
     *
     * @param step its id
     * @param time from its begin to its commit, attempts and rests included
     */
    public record Took(String step, Duration time) {}

    /** Without steps. */
    public Outcome(
            String runId, Result result, int steps, Duration longestWindow, Duration total, List<String> proofs) {
        this(runId, result, steps, longestWindow, total, proofs, List.of());
    }

    /** What happened. */
    public enum Result {
        /** It was done now. */
        DONE,
        /** Everything before the cutover is done, and it waits for somebody to say that it may come. */
        WAITING_FOR_CUTOVER,
        /** It had been done before; nothing was changed. */
        ALREADY_DONE,
        /** There was nothing that it could have been about; nothing was changed, and nothing written down. */
        NOTHING_TO_DO,
        /** Its cutover was taken back now; what had come before it is left. */
        CUTOVER_UNDONE,
        /** It was taken back now. */
        UNDONE,
        /** There was nothing to take back. */
        NOTHING_TO_UNDO
    }

    public Outcome {
        proofs = List.copyOf(proofs);
        took = List.copyOf(took);
    }
}
