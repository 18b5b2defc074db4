package dev.tidemark.run;

import java.time.Duration;
import java.util.List;

/**
 * How a run ended.
 *
 * @param runId its id in the journal
 * @param result what happened
 * @param steps steps carried out by this call
 * @param longestWindow the longest lock wait plus hold among them
 * @param total how long this call took
 * @param proofs the proofs on record, one line each
 */
public record Outcome(
        String runId, Result result, int steps, Duration longestWindow, Duration total, List<String> proofs) {

    /** What happened. */
    public enum Result {
        /** It was done now. */
        DONE,
        /** Everything before the cutover is done, and it waits for somebody to say that it may come. */
        WAITING_FOR_CUTOVER,
        /** It had been done before; nothing was changed. */
        ALREADY_DONE,
        /** Its cutover was taken back now; what had come before it is left. */
        CUTOVER_UNDONE,
        /** It was taken back now. */
        UNDONE,
        /** There was nothing to take back. */
        NOTHING_TO_UNDO
    }

    public Outcome {
        proofs = List.copyOf(proofs);
    }
}
