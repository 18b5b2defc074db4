package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Step;
import dev.tidemark.sql.Sql;

/**
 * A step in one direction.
 *
 * @param runId its run
 * @param step the step
 * @param ordinal its place among the steps of the run, from 0
 * @param back whether it is taken back
 */
record CurrentStep(String runId, Step step, int ordinal, boolean back) {
    /** A statement that notes how much of it is done. */
    Sql note(Journal journal, int done, int of) {
        StepState state =
                done < of ? (back ? StepState.UNDOING : StepState.STARTED) : (back ? StepState.UNDONE : StepState.DONE);
        return journal.step(Journal.run(runId), ordinal, state, back, done);
    }

    /** For messages. */
    String inWords() {
        return "Step \"" + step.id() + "\"" + (back ? " (on the way back)" : "");
    }
}
