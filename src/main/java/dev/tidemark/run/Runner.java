package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunLock;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Estimate;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.session.KeepAlive;
import dev.tidemark.session.Session;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.Siblings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Carries a run out, forward or back, from wherever the journal says it stands.
 *
 * <p>It plans nothing: a new run is recorded whole before its first step, and from then on only the journal's copy is followed. Used by one
 * thread; {@link #stop()} may come from any.
 */
public final class Runner {
    private final Session session;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    /** Of the call that is under way. */
    private final List<Outcome.Took> took = new ArrayList<>();

    public Runner(Session session, Siblings siblings, Journal journal, Listener listener) {
        this.session = session;
        this.siblings = new SiblingOpener(session, siblings);
        this.journal = journal;
        this.listener = listener;
        this.patience = new Patience(session);
    }

    private int serverVersion() {
        return session.first("SHOW server_version_num", r -> r.getInt(1)).orElse(0);
    }

    /** Asks for a stop at the next safe point. */
    public void stop() {
        patience.stop();
        session.cancel();
    }

    /** Records a new run. Returns its id. */
    public String begin(Plan plan, Tuning tuning) {
        String runId = UUID.randomUUID().toString();
        session.transaction(
                () -> journal.begin(Journal.run(runId), plan, tuning.until().logLimit())
                        .forEach(session::execute));
        listener.runStarts(plan, runId, false);
        return runId;
    }

    /**
     * Carries out what is left of a run's steps; up to its cutover where that waits for somebody. A run that has waited proves again what has grown old.
     *
     * @throws StepFailed too where the log of changes has reached its limit; then the run has been taken back
     */
    public Outcome forward(Run run, Tuning tuning) {
        return awake(() -> unlessFull(run, tuning, this::ahead));
    }

    /** Takes back whatever of a run was done, last step first. */
    public Outcome back(Run run, Tuning tuning) {
        return awake(() -> carry(run, tuning, (steps, now) -> backTo(0, steps, now)));
    }

    /** Takes its cutover back and what came after it; what came before is left, to be taken back with {@link #back}. */
    public Outcome backBeforeCutover(Run run, Tuning tuning) {
        return awake(() -> carry(run, tuning, (steps, now) -> backTo(cutover(now), steps, now)));
    }

    /** Replays what has changed, and leaves the run as it is. */
    public Outcome catchUp(Run run, Tuning tuning) {
        return awake(() -> unlessFull(run, tuning, (steps, now) -> {
            int ordinal = cutover(now);
            try {
                steps.prepare(now.steps().get(ordinal).step(), ordinal);
            } catch (ProveAgain e) {
                // Everything is copied and proved anew when the run goes on.
                listener.provesAgain(now.steps().get(ordinal).step());
            }
            return new Progress(Outcome.Result.WAITING_FOR_CUTOVER, 0);
        }));
    }

    /** Does slices of a run that another process carries out, until none is left; takes nothing over. */
    public Assistance assist(Run run, int workers) {
        return awake(() ->
                new Assistant(session, siblings, journal, listener, patience, serverVersion()).assist(run, workers));
    }

    /** The connection may have nothing to say for hours, while others work or a listener takes its time; it is needed again at the end. */
    private <T> T awake(Supplier<T> work) {
        KeepAlive keepAlive = KeepAlive.of(session);
        try {
            return work.get();
        } finally {
            keepAlive.close();
        }
    }

    /** What a process does with a run. */
    @FunctionalInterface
    private interface Errand {
        Progress on(StepRunner steps, Run run);
    }

    /** How it ended, and how many steps were carried out. */
    private record Progress(Outcome.Result result, int steps) {}

    private Outcome unlessFull(Run run, Tuning tuning, Errand errand) {
        try {
            return carry(run, tuning, errand);
        } catch (LogFull full) {
            return takenBack(run, tuning, full);
        }
    }

    private Outcome carry(Run run, Tuning tuning, Errand errand) {
        long start = System.nanoTime();
        took.clear();
        if (run.state() != State.RUNNING || run.steps().stream().anyMatch(step -> step.state() != StepState.PENDING)) {
            listener.runStarts(planOf(run, tuning.maxPause()), run.id(), true);
        }
        RunLock lock = RunLock.take(session, run.tables());
        try {
            long fence = journal.takeOver(run.id());
            CutoverGate gate = new CutoverGate(
                    tuning.until().hours(), journal.cutoverWait(), patience, listener, Clock.systemUTC());
            StepRunner steps = new StepRunner(
                    session,
                    siblings,
                    journal,
                    listener,
                    patience,
                    new StepRunner.Claim(
                            run.id(),
                            fence,
                            tuning.maxPause(),
                            serverVersion(),
                            tuning.workers(),
                            run.tables(),
                            new LogWatch(journal, run.id(), run.tables(), listener),
                            gate,
                            tuning.until().manual()));
            Progress done = errand.on(steps, run);
            Outcome outcome = new Outcome(
                    run.id(),
                    done.result(),
                    done.steps(),
                    steps.longestWindow(),
                    Duration.ofNanos(System.nanoTime() - start),
                    journal.proofs(run.id()),
                    took);
            listener.runEnds(outcome);
            return outcome;
        } finally {
            lock.close();
        }
    }

    private Progress ahead(StepRunner steps, Run begun) {
        Run run = begun;
        if (run.state() == State.WAITING_FOR_CUTOVER && !steps.claim().manual()) {
            steps.note(journal.cutoverWait().ends(Journal.run(run.id())));
            run = journal.again(run);
        }
        int done = 0;
        for (int ordinal = 0; ordinal < run.steps().size(); ordinal++) {
            RecordedStep recorded = run.steps().get(ordinal);
            if (recorded.state() == StepState.DONE) {
                continue;
            }
            if (recorded.step().isCutover()) {
                if (steps.claim().manual()) {
                    steps.note(List.of(journal.cutoverWait().begins(Journal.run(run.id()))));
                    return new Progress(Outcome.Result.WAITING_FOR_CUTOVER, done);
                }
            }
            try {
                if (recorded.step().isCutover() && !mayCutOver(steps, recorded.step(), ordinal)) {
                    run = provedAgain(steps, recorded.step(), run);
                    ordinal = -1;
                    continue;
                }
                carryOut(steps, recorded, ordinal, run.steps().size(), false);
                done++;
            } catch (StepRunner.OutsideHours e) {
                // Nothing was done; it is waited for the next ones.
                ordinal--;
            } catch (ProveAgain e) {
                run = provedAgain(steps, recorded.step(), run);
                ordinal = -1;
            }
        }
        steps.mark(State.DONE);
        return new Progress(Outcome.Result.DONE, done);
    }

    /** From the replay on, everything that grows old is done again. */
    private Run provedAgain(StepRunner steps, Step step, Run run) {
        listener.provesAgain(step);
        steps.note(journal.cutoverWait().proveAgain(Journal.run(run.id())));
        return journal.again(run);
    }

    private boolean mayCutOver(StepRunner steps, Step step, int ordinal) {
        steps.claim().log().now(session);
        return steps.claim().gate().pass(steps.claim().runId(), step, () -> steps.prepare(step, ordinal));
    }

    private Progress backTo(int first, StepRunner steps, Run begun) {
        Run run = freshlyProved(steps, begun);
        boolean marked = false;
        int count = run.steps().size();
        int done = 0;
        for (int ordinal = count - 1; ordinal >= first; ordinal--) {
            RecordedStep recorded = run.steps().get(ordinal);
            // What was begun and left something behind.
            if (recorded.upDone() > 0 && recorded.state() != StepState.UNDONE) {
                if (!marked && !recorded.step().down().onlyAsks()) {
                    steps.mark(State.UNDOING);
                    marked = true;
                }
                carryOut(steps, recorded, ordinal, count, true);
                done++;
            }
        }
        if (first > 0) {
            return new Progress(Outcome.Result.CUTOVER_UNDONE, done);
        }
        steps.mark(State.UNDONE);
        return new Progress(Outcome.Result.UNDONE, done);
    }

    /** A way back that was broken off before its window, and goes on much later, proves anew. */
    private Run freshlyProved(StepRunner steps, Run run) {
        boolean before = run.steps().stream()
                .anyMatch(s -> s.step().isCutover() && s.upDone() > 0 && s.state() != StepState.UNDONE);
        if (!before || !steps.claim().gate().isProofOfWayBackOld(run.id())) {
            return run;
        }
        listener.provesAgain(run.steps().get(cutover(run)).step());
        steps.note(journal.cutoverWait().proveBackAgain(Journal.run(run.id())));
        return journal.again(run);
    }

    private void carryOut(StepRunner steps, RecordedStep recorded, int ordinal, int count, boolean back) {
        long start = System.nanoTime();
        listener.stepStarts(recorded.step(), ordinal + 1, count, back);
        steps.run(recorded, ordinal, back);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        listener.stepEnds(recorded.step(), time);
        took.add(new Outcome.Took(recorded.step().id(), time));
    }

    /** The copy can follow the table no more, so it is of no use to anybody; the disk is, and so is a table without our triggers. */
    private Outcome takenBack(Run run, Tuning tuning, LogFull full) {
        listener.logFull(String.valueOf(full.getMessage()));
        carry(journal.again(run), tuning, (steps, now) -> backTo(0, steps, now));
        throw new StepFailed(
                full.getMessage()
                        + ", so the conversion was taken back; the application goes on with the table as it was. Give it a higher"
                        + " logLimit (liquibase tidemark resume --log-limit=… while it runs), more workers, or a time when less is"
                        + " written, then run the same change again.",
                full);
    }

    private static int cutover(Run run) {
        return IntStream.range(0, run.steps().size())
                .filter(ordinal -> run.steps().get(ordinal).step().isCutover())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("run " + run.id() + " has no cutover"));
    }

    /** The plan as the journal kept it; what it found and foretold is history. */
    private static Plan planOf(Run run, Duration maxPause) {
        return new Plan(
                run.kind(),
                run.tables(),
                Map.of(),
                Strategy.valueOf(run.strategy()),
                run.decision(),
                maxPause,
                List.of(),
                run.steps().stream().map(RecordedStep::step).toList(),
                Estimate.NONE);
    }
}
