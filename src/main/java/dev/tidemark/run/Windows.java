package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.plan.Action;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Opens and closes the windows of a run: one transaction each, that is over within {@code maxPause} or goes back. */
final class Windows {
    /** With a single connection, at once one after the other: each costs writers some milliseconds. */
    private static final int ATTEMPTS_ALONE = 20;

    private final Session session;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final StepRunner.Claim claim;
    private final Consumer<Sql> commitByItself;
    private Duration longest = Duration.ZERO;

    /** @param commitByItself carries out a statement that commits by itself */
    Windows(
            Session session,
            SiblingOpener siblings,
            Journal journal,
            Listener listener,
            StepRunner.Claim claim,
            Consumer<Sql> commitByItself) {
        this.session = session;
        this.siblings = siblings;
        this.journal = journal;
        this.listener = listener;
        this.claim = claim;
        this.commitByItself = commitByItself;
    }

    /** The longest pause that was committed. */
    Duration longest() {
        return longest;
    }

    /** One attempt at a window. */
    void run(CurrentStep step, Action.Window window) {
        open(step, watch -> {}, window.lock(), window.statements());
    }

    /** One attempt at a cutover. */
    void run(CurrentStep step, Action.Cutover cutover) {
        Optional<Sibling> second = siblings.open();
        try {
            if (second.isPresent()) {
                runCutover(step, cutover, second.map(Sibling::session));
            } else {
                cutOverAlone(step, cutover);
            }
        } finally {
            second.ifPresent(Sibling::close);
        }
    }

    /** What is replayed must be committed before the window, and what comes in between sends the window back; that costs the application a moment. */
    private void cutOverAlone(CurrentStep step, Action.Cutover cutover) {
        for (int attempt = 1; ; attempt++) {
            cutover.replay().forEach(commitByItself);
            try {
                runCutover(step, cutover, Optional.empty());
                return;
            } catch (AttemptFailed failure) {
                if (!failure.sqlState().equals(SqlState.PREPARE_AGAIN) || attempt == ATTEMPTS_ALONE) {
                    throw failure;
                }
            }
        }
    }

    private void runCutover(CurrentStep step, Action.Cutover cutover, Optional<Session> second) {
        open(
                step,
                watch -> {
                    session.execute(cutover.hold());
                    if (second.isPresent()) {
                        replayBeside(second.get(), cutover, watch);
                    } else {
                        inBudget(cutover.settle(), watch);
                    }
                    session.execute(TransactionSettings.statementTimeout(rest(watch)));
                },
                cutover.lock(),
                cutover.statements());
    }

    /** @param before what comes before the lock that readers feel too */
    private void open(CurrentStep step, Consumer<Stopwatch> before, Sql lock, List<Sql> statements) {
        Stopwatch watch = new Stopwatch();
        try {
            session.transaction(() -> {
                TransactionSettings.ofWindow(Optional.of(claim.runId()), claim.maxPause(), claim.serverVersion())
                        .forEach(session::execute);
                StepRunner.requireOwned(session, journal, claim);
                watch.asked();
                before.accept(watch);
                session.execute(lock);
                watch.locked();
                statements.forEach(statement -> inBudget(statement, watch));
                session.execute(journal.lockLog(
                        claim.runId(),
                        step.step().id(),
                        step.back(),
                        "committed",
                        watch.waited(),
                        watch.held(),
                        lock.text()));
                session.execute(step.note(journal, 1, 1));
                watch.committing();
            });
        } catch (DatabaseException e) {
            throw new AttemptFailed(e, watch, lock.text());
        }
        committed(step, watch);
    }

    /** Writers are held off by the transaction that is open in our own session. */
    private void replayBeside(Session beside, Action.Cutover cutover, Stopwatch watch) {
        beside.execute(
                Sql.join(";\n", TransactionSettings.ofSelfCommitting(Optional.of(claim.runId()), claim.maxPause())));
        // Cut off without a word it would stay in its transaction, and the window would wait for its snapshot.
        beside.execute(TransactionSettings.sessionSilence(claim.maxPause()));
        for (Sql statement : cutover.replay()) {
            beside.execute(TransactionSettings.sessionTimeout(rest(watch)));
            // Should our own session die meanwhile, nobody takes the run over before this has ended.
            beside.transaction(() -> {
                StepRunner.requireOwned(beside, journal, claim);
                beside.execute(statement);
            });
        }
        beside.execute(TransactionSettings.sessionTimeout(rest(watch)));
        beside.execute(cutover.settle());
    }

    private void inBudget(Sql statement, Stopwatch watch) {
        session.execute(TransactionSettings.statementTimeout(rest(watch)) + ";\n" + statement);
    }

    private Duration rest(Stopwatch watch) {
        Duration rest = claim.maxPause().minus(watch.sinceAsked());
        // Zero would mean "no limit" to the server.
        return longer(rest, Duration.ofMillis(1));
    }

    private void committed(CurrentStep step, Stopwatch watch) {
        ClosedWindow closed = watch.committed();
        longest = longer(longest, closed.pause());
        listener.windowCloses(step.step(), closed);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
