package dev.tidemark.journal;

import dev.tidemark.sql.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A run as the journal knows it.
 *
 * @param id its id
 * @param kind the kind of conversion
 * @param tables its tables
 * @param state where it stands
 * @param strategy how the rows got there
 * @param stepsDone steps done
 * @param steps steps in all
 * @param currentStep the step that is running or comes next, if any
 * @param started when it began
 * @param ready when it last began to wait for somebody to say that it may cut over, if it did
 * @param cutover when the application began to use the new layout, if it does
 * @param finished when it ended, if it did
 */
public record RunStatus(
        String id,
        String kind,
        List<TableName> tables,
        State state,
        String strategy,
        int stepsDone,
        int steps,
        Optional<String> currentStep,
        Instant started,
        Optional<Instant> ready,
        Optional<Instant> cutover,
        Optional<Instant> finished) {

    /** Where a run stands. */
    public enum State {
        RUNNING,
        /** Everything before the cutover is done, and changes are recorded until somebody says that it may come. */
        WAITING_FOR_CUTOVER,
        DONE,
        UNDOING,
        UNDONE,
        FINALIZED;

        /** Whether somebody has to go on with it or take it back. */
        public boolean isUnfinished() {
            return this == RUNNING || this == WAITING_FOR_CUTOVER || this == UNDOING;
        }
    }

    public RunStatus {
        tables = List.copyOf(tables);
    }
}
