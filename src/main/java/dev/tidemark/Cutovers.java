package dev.tidemark;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.Estimate;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.run.Outcome;
import dev.tidemark.run.Runner;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds the conversion that waits for its cutover, and says what is left of it. */
final class Cutovers {
    private final Journal journal;
    private final Runner runner;

    Cutovers(Journal journal, Runner runner) {
        this.journal = journal;
        this.runner = runner;
    }

    Outcome goOn(CutoverRequest request) {
        Run run = waiting(request.table());
        return runner.forward(run, tuning(request, run));
    }

    Outcome catchUp(TableName table) {
        if (isOver(table)) {
            throw new Refused(
                    "The conversion of " + table + " has had its cutover, so there is nothing to catch up with.");
        }
        Run run = waiting(table);
        return runner.catchUp(run, Tuning.of(run.maxPause()));
    }

    /** Takes its cutover back, if it has had one. */
    Optional<Outcome> takeBack(CutoverRequest request) {
        return withCutover(request.table()).map(run -> runner.backBeforeCutover(run, tuning(request, run)));
    }

    private static Tuning tuning(CutoverRequest request, Run run) {
        return new Tuning(
                request.maxPause().orElse(run.maxPause()),
                Tuning.DEFAULT_WORKERS,
                UntilCutover.within(request.hours()));
    }

    /** The newest conversion, if its cutover was made and somebody could take it back. @throws Refused if it was finalized */
    Optional<Run> withCutover(TableName table) {
        Optional<Run> run = journal.newest(ConversionRequest.KINDS, table);
        if (run.filter(r -> r.state() == State.FINALIZED).isPresent()) {
            throw new Refused("The conversion of " + table + " was finalized: what its way back needed is gone.");
        }
        return run.filter(r -> r.state() != State.UNDONE).filter(r -> r.steps().stream()
                .anyMatch(step -> step.step().isCutover() && step.upDone() > 0 && step.state() != StepState.UNDONE));
    }

    /** Whether the newest conversion needs nobody any more who says that it may cut over. */
    boolean isOver(TableName table) {
        return journal.newest(ConversionRequest.KINDS, table)
                .filter(run -> run.state() == State.DONE || run.state() == State.FINALIZED)
                .isPresent();
    }

    /** The conversion that waits, or had waited and was stopped since. @throws Refused if there is none */
    Run waiting(TableName table) {
        Run run = journal.newest(ConversionRequest.KINDS, table)
                .filter(r -> r.state() != State.UNDONE)
                .orElseThrow(() -> new Refused("No conversion of " + table
                        + " waits for its cutover: there is none, or it was taken back. Apply the changeSet of the conversion"
                        + " (cutover=\"manual\") first; if Liquibase thinks that it ran, roll it back first."));
        if (run.state() == State.UNDOING) {
            throw new Refused(
                    "The conversion of " + table + " is being taken back (run " + run.id()
                            + "), so it cannot cut over. Finish that first: roll back its changeSet too, or \"liquibase tidemark abort\".");
        }
        if (run.state() == State.RUNNING && run.ready().isEmpty()) {
            throw new Refused("The conversion of " + table + " (run " + run.id()
                    + ") has not come to its cutover yet: it is at \"" + at(run)
                    + "\". Run its changeSet again; it goes on where it stopped.");
        }
        return run;
    }

    private static String at(Run run) {
        return run.steps().stream()
                .filter(step -> step.state() != StepState.DONE)
                .map(RecordedStep::step)
                .map(Step::id)
                .findFirst()
                .orElse("the end");
    }

    /** What is left, of a run that waits; nothing of one that is finished. */
    Plan rest(CutoverRequest request, Run run) {
        boolean over = isOver(request.table());
        return new Plan(
                CutoverRequest.KIND,
                run.tables(),
                Map.of(),
                Strategy.valueOf(run.strategy()),
                "run " + run.id()
                        + (over
                                ? " is finished; nothing is left to be done."
                                : " waits for its cutover; what grows old is done again."),
                request.maxPause().orElse(run.maxPause()),
                List.of(),
                over
                        ? List.of()
                        : rest(run.steps().stream().map(RecordedStep::step).toList()),
                Estimate.NONE);
    }

    /** What will be left of a conversion that is yet to be made. */
    static Plan rest(Plan plan) {
        return new Plan(
                CutoverRequest.KIND,
                plan.tables(),
                plan.identity(),
                plan.strategy(),
                "what " + plan.kind() + " leaves to be done; what grows old is done again.",
                plan.maxPause(),
                plan.findings(),
                rest(plan.steps()),
                plan.estimate());
    }

    private static List<Step> rest(List<Step> steps) {
        int cutover = IntStream.range(0, steps.size())
                .filter(i -> steps.get(i).isCutover())
                .findFirst()
                .orElse(steps.size());
        return IntStream.range(0, steps.size())
                .filter(i -> i >= cutover || steps.get(i).ages())
                .mapToObj(steps::get)
                .toList();
    }
}
