package dev.tidemark.journal;

import dev.tidemark.plan.Step;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A run with its steps, rebuilt from the journal.
 *
 * @param id its id
 * @param format the format its rows were written in
 * @param kind the kind of conversion
 * @param tables its tables
 * @param identity its identity attributes as compared
 * @param strategy how rows got there
 * @param decision why
 * @param maxPause the budget of its windows when it was begun
 * @param state where it stands
 * @param ready when it last began to wait for somebody to say that it may cut over, if it did
 * @param cutover when the application began to use the new layout, if it does
 * @param steps its steps in order
 */
public record Run(
        String id,
        int format,
        String kind,
        List<TableName> tables,
        String identity,
        String strategy,
        String decision,
        Duration maxPause,
        RunStatus.State state,
        Optional<Instant> ready,
        Optional<Instant> cutover,
        List<RecordedStep> steps) {

    /**
     * A step and how far it has come.
     *
     * @param step the step
     * @param state where it stands
     * @param upDone statements of {@code up} committed
     * @param downDone statements of {@code down} committed
     */
    public record RecordedStep(Step step, StepState state, int upDone, int downDone) {}

    public Run {
        tables = List.copyOf(tables);
        steps = List.copyOf(steps);
    }
}
