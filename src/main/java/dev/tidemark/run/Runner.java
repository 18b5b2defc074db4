package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunLock;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Estimate;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.session.KeepAlive;
import dev.tidemark.session.Session;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.Siblings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

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
    private final int serverVersion;

    public Runner(Session session, Siblings siblings, Journal journal, Listener listener) {
        this.session = session;
        this.siblings = new SiblingOpener(session, siblings);
        this.journal = journal;
        this.listener = listener;
        this.patience = new Patience(session);
        this.serverVersion =
                session.first("SHOW server_version_num", r -> r.getInt(1)).orElse(0);
    }

    /** Asks for a stop at the next safe point. */
    public void stop() {
        patience.stop();
        session.cancel();
    }

    /** Records a new run. Returns its id. */
    public String begin(Plan plan) {
        String runId = UUID.randomUUID().toString();
        session.transaction(() -> journal.begin(Journal.run(runId), plan).forEach(session::execute));
        listener.runStarts(plan, runId, false);
        return runId;
    }

    /** Carries out what is left of a run's steps. */
    public Outcome forward(Run run, Tuning tuning) {
        return awake(() -> carry(run, tuning, false));
    }

    /** Takes back whatever of a run was done, last step first. */
    public Outcome back(Run run, Tuning tuning) {
        return awake(() -> carry(run, tuning, true));
    }

    /** The connection may have nothing to say for hours, while others work or a listener takes its time; it is needed again at the end. */
    private Outcome awake(Supplier<Outcome> work) {
        KeepAlive keepAlive = KeepAlive.of(session);
        try {
            return work.get();
        } finally {
            keepAlive.close();
        }
    }

    private Outcome carry(Run run, Tuning tuning, boolean back) {
        long start = System.nanoTime();
        if (back || run.steps().stream().anyMatch(step -> step.state() != StepState.PENDING)) {
            listener.runStarts(planOf(run, tuning.maxPause()), run.id(), true);
        }
        RunLock lock = RunLock.take(session, run.tables());
        try {
            long fence = journal.takeOver(run.id());
            StepRunner steps = new StepRunner(
                    session,
                    siblings,
                    journal,
                    listener,
                    patience,
                    new StepRunner.Claim(
                            run.id(), fence, tuning.maxPause(), serverVersion, tuning.workers(), run.tables()));
            boolean marked = !back;
            int count = run.steps().size();
            List<Outcome.Took> took = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int ordinal = back ? count - 1 - i : i;
                RecordedStep recorded = run.steps().get(ordinal);
                if (isDue(recorded, back)) {
                    if (!marked && !recorded.step().down().onlyAsks()) {
                        steps.mark(State.UNDOING);
                        marked = true;
                    }
                    long stepStart = System.nanoTime();
                    listener.stepStarts(recorded.step(), ordinal + 1, count, back);
                    steps.run(recorded, ordinal, back);
                    Duration time = Duration.ofNanos(System.nanoTime() - stepStart);
                    listener.stepEnds(recorded.step(), time);
                    took.add(new Outcome.Took(recorded.step().id(), time));
                }
            }
            steps.mark(back ? State.UNDONE : State.DONE);
            Outcome outcome = new Outcome(
                    run.id(),
                    back ? Outcome.Result.UNDONE : Outcome.Result.DONE,
                    took.size(),
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

    /** Forward, what is not done; back, what was begun and left something behind. */
    private static boolean isDue(RecordedStep recorded, boolean back) {
        return back
                ? recorded.upDone() > 0 && recorded.state() != StepState.UNDONE
                : recorded.state() != StepState.DONE;
    }
}
