package dev.tidemark.run;

import dev.tidemark.journal.Footing;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunLock;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.Action;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.plan.Step;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.transfer.Transfer;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Does slices of a run that another process carries out, and nothing else of it: no step is begun, noted or ended here. Each slice is leased and
 * fenced as the owner's workers do it, so this process may come, go and die whenever it likes.
 */
final class Assistant {
    /** Steps that cannot be shared lie between those that can; nobody needs help within a second of their end. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final Session session;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    private final int serverVersion;

    Assistant(
            Session session,
            SiblingOpener siblings,
            Journal journal,
            Listener listener,
            Patience patience,
            int serverVersion) {
        this.session = session;
        this.siblings = siblings;
        this.journal = journal;
        this.listener = listener;
        this.patience = patience;
        this.serverVersion = serverVersion;
    }

    /** Helps until no step that can be shared is left, or nobody carries the run out and no slice waits. */
    Assistance assist(Run run, int workers) {
        long done = 0;
        while (true) {
            patience.checkStop();
            Footing footing = Footing.of(session, journal, run.id());
            if (!footing.state().isUnfinished() || !footing.sharedAhead()) {
                return new Assistance(run.id(), done, "nothing is left that could be shared");
            }
            if (footing.open().isPresent()) {
                done += help(run, footing, footing.open().getAsInt(), workers);
            } else if (RunLock.isHeld(session, run.tables())) {
                patience.pause(LOOK_AGAIN);
            } else {
                return new Assistance(
                        run.id(),
                        done,
                        "no slice is left and nobody carries the run out; \"liquibase update\" goes on with it");
            }
        }
    }

    private long help(Run run, Footing footing, int ordinal, int workers) {
        boolean back = footing.state() == State.UNDOING;
        Step step = run.steps().get(ordinal).step();
        Action action = back ? step.down() : step.up();
        if (!(action instanceof Slices slices)) {
            throw new IllegalStateException("step " + step.id() + " has slices in the journal and none in its plan");
        }
        // Of the cutover nothing is done here.
        StepRunner.Claim claim = new StepRunner.Claim(
                run.id(),
                footing.fence(),
                run.maxPause(),
                serverVersion,
                workers,
                run.tables(),
                new LogWatch(journal, run.id(), run.tables(), listener),
                new CutoverGate(Optional.empty(), journal.cutoverWait(), patience, listener, Clock.systemUTC()),
                false);
        try (Pace pace = new Pace(session, siblings, journal, listener, patience, claim)) {
            Transfer transfer = new Transfer(
                    slices,
                    journal.slices(Journal.run(run.id()), ordinal, back),
                    new Transfer.Guard(
                            TransactionSettings.ofSlice(run.id(), run.maxPause(), workers),
                            worker -> requireSame(worker, footing, run.id()),
                            pace),
                    SliceRunner.TARGET);
            try {
                transfer.run(
                        session,
                        siblings,
                        workers,
                        count -> listener.copied(step, count.done(), count.all(), count.rows()));
            } catch (MovedOn e) {
                System.getLogger(Assistant.class.getName())
                        .log(System.Logger.Level.DEBUG, "the run has another owner or direction", e);
            } catch (DatabaseException e) {
                patience.checkStop();
                // What was taken back meanwhile is no longer there to be worked on.
                if (!session.isAlive(1)
                        || Footing.of(session, journal, run.id()).equals(footing)) {
                    throw new StepFailed(
                            "Helping with step \"" + step.id() + "\" failed: " + e.getMessage()
                                    + System.lineSeparator()
                                    + "The run itself goes on in its own process; slices that were done here are kept.",
                            e);
                }
            }
            return transfer.slicesDone();
        }
    }

    private void requireSame(Session worker, Footing footing, String runId) {
        if (!footing.holds(worker, journal, runId)) {
            throw new MovedOn();
        }
    }

    /** Somebody has taken the run over, or takes it back. */
    private static final class MovedOn extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
