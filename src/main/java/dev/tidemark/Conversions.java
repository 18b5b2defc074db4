package dev.tidemark;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Tuning;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.run.Runner;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides by the journal whether a conversion is begun, gone on with, found done, or refused. Each method is called while nobody else may act on its tables. */
final class Conversions {
    /** Kinds of runs that change something, so that there is something to take back. */
    private static final List<String> CHANGING = Stream.concat(
                    ConversionRequest.KINDS.stream(), Stream.of(FinalizeRequest.KIND))
            .toList();

    private final Journal journal;
    private final Runner runner;
    private final Planning planning;
    private final Proving proving;
    private final Listener listener;

    Conversions(Journal journal, Runner runner, Planning planning, Proving proving, Listener listener) {
        this.listener = listener;
        this.journal = journal;
        this.runner = runner;
        this.planning = planning;
        this.proving = proving;
    }

    /** Does it, or goes on with it, or finds it done. */
    Outcome apply(ConversionRequest request) {
        proving.giveUp(request.names());
        Optional<Run> known = wouldGoOn(request);
        if (known.isPresent()) {
            Run run = known.get();
            requireSameIdentity(run, Journal.identityText(request.identity()));
            return switch (run.state()) {
                case DONE, FINALIZED -> alreadyDone(run);
                case UNDOING ->
                    throw new Refused("The conversion of " + run.tables() + " is being taken back (run " + run.id()
                            + "). Finish that first: repeat the rollback, or \"liquibase tidemark abort\".");
                default -> runner.forward(run, request.options().tuning());
            };
        }
        requireFinalized(request);
        Plan plan = planning.plan(request);
        if (plan.isGo() && plan.steps().isEmpty()) {
            listener.nothingToDo(plan);
            return new Outcome("", Outcome.Result.NOTHING_TO_DO, 0, Duration.ZERO, Duration.ZERO, List.of());
        }
        return begin(plan, request.options().tuning());
    }

    /** A finalized conversion is history, unless it is the last one and the same is asked for again. */
    private boolean isLast(Run run, ConversionRequest request) {
        return run.identity().equals(Journal.identityText(request.identity()))
                && journal.newest(ConversionRequest.KINDS, request.names())
                        .filter(last -> last.id().equals(run.id()))
                        .isPresent();
    }

    /** What it would do; and what {@link #apply} would refuse because of an earlier one is said here already. */
    Plan plan(ConversionRequest request) {
        Plan plan = planning.plan(request);
        return wouldGoOn(request).isPresent()
                ? plan
                : unfinalized(request)
                        .map(open -> plan.blockedBy(Finding.blocking("TM400", open.reason(), open.remedy())))
                        .orElse(plan);
    }

    /** The run that the same request has begun or done. */
    private Optional<Run> wouldGoOn(ConversionRequest request) {
        return journal.newest(List.of(request.goal().kind()), request.names())
                .filter(run -> run.state() != State.UNDONE)
                .filter(run ->
                        run.state() != State.FINALIZED || (!request.goal().exchanges() && isLast(run, request)));
    }

    private void requireFinalized(ConversionRequest request) {
        unfinalized(request).ifPresent(open -> {
            throw new Refused(open.reason() + " " + open.remedy());
        });
    }

    /** An earlier conversion that is in the way, and how it ceases to be. */
    private record Unfinalized(String reason, String remedy) {}

    /** What the way back of an earlier conversion needs would be in the way of a further one. */
    private Optional<Unfinalized> unfinalized(ConversionRequest request) {
        return request.names().stream().flatMap(this::unfinalized).findFirst();
    }

    private Stream<Unfinalized> unfinalized(TableName table) {
        Optional<Run> last = journal.newest(ConversionRequest.KINDS, table);
        return Stream.concat(
                last
                        .filter(run -> run.state() == State.FINALIZED)
                        .flatMap(run -> proving.unfinished(FinalizeRequest.KIND, run.tables()))
                        .map(run -> new Unfinalized(
                                "The retired tables of an earlier conversion of " + table
                                        + " are not all gone: its finalizeConversion has not ended (run " + run.id()
                                        + ").",
                                "Repeat finalizeConversion before this change runs."))
                        .stream(),
                last
                        .filter(run -> run.state() != State.UNDONE && run.state() != State.FINALIZED)
                        .map(
                                run -> new Unfinalized(
                                        "An earlier " + run.kind() + " of " + table
                                                + (run.state() == State.DONE
                                                        ? " can still be taken back"
                                                        : " is not finished")
                                                + " (run " + run.id() + ").",
                                        "Finalize it with finalizeConversion, or take it back with liquibase rollback, before this change runs."))
                        .stream());
    }

    /** Takes back what a change did, finished or not: an exchange that had nothing to do has no run, and what was done before it is another change's. */
    Outcome undo(ConversionRequest request) {
        return undo(
                request.names(),
                List.of(request.goal().kind()),
                Optional.of(request.options().tuning()));
    }

    /** Takes it back, finished or not. */
    Outcome undo(List<TableName> tables, Optional<Tuning> tuning) {
        return undo(tables, ConversionRequest.KINDS, tuning);
    }

    private Outcome undo(List<TableName> tables, List<String> kinds, Optional<Tuning> tuning) {
        proving.giveUp(tables);
        Optional<Run> run = journal.newest(kinds, tables);
        if (run.isEmpty() || run.get().state() == State.UNDONE) {
            return nothingToUndo(run.map(Run::id).orElse(""));
        }
        if (run.get().state() == State.FINALIZED) {
            throw new Refused(
                    "The conversion of " + run.get().tables() + " was finalized: what its way back needed is gone. "
                            + "Convert the tables anew in the other direction, or restore a backup.");
        }
        return runner.back(run.get(), tuning.orElseGet(() -> Tuning.of(run.get().maxPause())));
    }

    /** Gives up the way back. */
    Outcome finalizeConversion(FinalizeRequest request) {
        proving.giveUp(groupOf(request.table()));
        Optional<Run> conversion = journal.newest(ConversionRequest.KINDS, request.table());
        Optional<Run> begun = proving.begun(
                FinalizeRequest.KIND,
                List.of(request.table()),
                FinalizeRequest.identity(conversion.map(Run::id).orElse("")));
        if (begun.isEmpty()
                && conversion.filter(run -> run.state() == State.FINALIZED).isPresent()) {
            return alreadyDone(conversion.get());
        }
        Run run = begun.orElseGet(() -> record(planning.plan(request), Tuning.of(request.maxPause())));
        return proving.carryOut(run, Tuning.of(request.maxPause()));
    }

    /** Takes back what is unfinished. */
    Outcome abort(TableName table) {
        proving.giveUp(groupOf(table));
        Run run = journal.newest(CHANGING, table)
                .filter(r -> r.state().isUnfinished())
                .orElseThrow(
                        () -> new Refused("There is no unfinished run on " + table + ", so there is nothing to abort. "
                                + "A finished conversion is taken back by \"liquibase rollback\"."));
        if (run.kind().equals(FinalizeRequest.KIND)
                && journal.newest(ConversionRequest.KINDS, table)
                        .filter(conversion -> conversion.state() == State.FINALIZED)
                        .isPresent()) {
            throw new Refused("The conversion of " + run.tables() + " was finalized: what its way back needed is gone. "
                    + "Run the same finalizeConversion again, to its end.");
        }
        return runner.back(run, Tuning.of(run.maxPause()));
    }

    /** The tables that are converted together with this one, itself included. */
    List<TableName> groupOf(TableName table) {
        return journal.newest(List.of(), table).map(Run::tables).orElse(List.of(table));
    }

    private Outcome begin(Plan plan, Tuning tuning) {
        return runner.forward(record(plan, tuning), tuning);
    }

    private Run record(Plan plan, Tuning tuning) {
        Printing.go(plan);
        journal.install();
        runner.begin(plan, tuning);
        return journal.newest(List.of(plan.kind()), plan.tables()).orElseThrow();
    }

    /** A run that has been made before. */
    Outcome alreadyDone(Run run) {
        return new Outcome(
                run.id(), Outcome.Result.ALREADY_DONE, 0, Duration.ZERO, Duration.ZERO, journal.proofs(run.id()));
    }

    /** Where there is none. */
    static Outcome nothingToUndo(String runId) {
        return new Outcome(runId, Outcome.Result.NOTHING_TO_UNDO, 0, Duration.ZERO, Duration.ZERO, List.of());
    }

    private static void requireSameIdentity(Run run, String identity) {
        if (!run.identity().equals(identity)) {
            throw new Refused("Run " + run.id() + " on " + run.tables() + " is " + run.state()
                    + " and was begun with other attributes. Go on with the same ones, or take it back first with \"liquibase tidemark abort\" or a rollback."
                    + System.lineSeparator() + "Begun with:" + System.lineSeparator() + run.identity()
                    + System.lineSeparator() + "Asked for now:"
                    + System.lineSeparator() + identity);
        }
    }
}
