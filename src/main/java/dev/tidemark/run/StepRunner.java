package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Action;
import dev.tidemark.plan.Step;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Carries out one step: the only interpreter of actions that changes anything.
 *
 * <p>Every transaction first makes sure that the run is still ours, and commits its work together with the journal's note of it; so whatever is
 * committed is known, and whatever is known is committed.
 */
final class StepRunner {
    /** How long a window is tried before the run gives up and leaves everything as it is. */
    private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(30);
    /** The application gets at least this multiple of a failed attempt to recover. */
    private static final int PAUSE_FACTOR = 5;

    /** With a single connection, at once one after the other: each costs writers some milliseconds. */
    private static final int ATTEMPTS_ALONE = 20;

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

    /**
     * What entitles this process to work on a run, and within which budget.
     *
     * @param runId the run
     * @param fence the fencing number it took
     * @param maxPause the budget of each window
     * @param serverVersion {@code server_version_num}
     * @param workers connections that work side by side, at most
     * @param tables the tables of the run
     * @param log looks at the logs of their changes
     * @param gate says whether the cutover may begin
     * @param manual whether it waits for somebody to say so
     */
    record Claim(
            String runId,
            long fence,
            Duration maxPause,
            int serverVersion,
            int workers,
            List<TableName> tables,
            LogWatch log,
            CutoverGate gate,
            boolean manual) {
        Claim {
            tables = List.copyOf(tables);
        }
    }

    private final Session session;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    private final Claim claim;
    private Duration longestWindow = Duration.ZERO;

    StepRunner(
            Session session,
            SiblingOpener siblings,
            Journal journal,
            Listener listener,
            Patience patience,
            Claim claim) {
        this.session = session;
        this.siblings = siblings;
        this.journal = journal;
        this.listener = listener;
        this.patience = patience;
        this.claim = claim;
    }

    /** What this process may do. */
    Claim claim() {
        return claim;
    }

    /** The longest window that was committed. */
    Duration longestWindow() {
        return longestWindow;
    }

    /** Writes down where the run stands, if it is still ours. */
    void mark(State state) {
        session.transaction(() -> {
            checkOwnership();
            session.execute(journal.state(Journal.run(claim.runId()), state));
        });
    }

    /** Carries statements out in one transaction, if the run is still ours. */
    void note(List<Sql> statements) {
        session.transaction(() -> {
            checkOwnership();
            statements.forEach(session::execute);
        });
    }

    /** Does, again and again, what a step does before its window. */
    void prepare(Step step, int ordinal) {
        List<Sql> statements = step.up().preparation();
        claim.log().now(session);
        statements.forEach(statement ->
                persistently(new Progress(step, ordinal, false), () -> commitUnlessOthersAreInTheWay(statement)));
    }

    /** Old snapshots of others are waited for when the window is due. */
    private void commitUnlessOthersAreInTheWay(Sql statement) {
        try {
            commitByItself(statement);
        } catch (WindowFailed failure) {
            if (!failure.cause.sqlState().equals(SqlState.WAIT_FOR_OTHERS)) {
                throw failure;
            }
        }
    }

    /** Carries out what is left of a step in one direction. */
    void run(RecordedStep recorded, int ordinal, boolean back) {
        patience.checkStop();
        Step step = recorded.step();
        int done = back ? recorded.downDone() : recorded.upDone();
        Progress progress = new Progress(step, ordinal, back);
        (back ? step.down() : step.up()).interpretedBy(new Action.Interpreter<Void>() {
            @Override
            public Void window(Action.Window window) {
                persistently(progress, () -> {
                    window.prepare().forEach(statement -> commitByItself(statement));
                    requireHours(progress);
                    runWindow(progress, window);
                });
                return null;
            }

            @Override
            public Void online(Action.Online online) {
                runEach(progress, online.statements(), done);
                return null;
            }

            @Override
            public Void selfCommitting(Action.SelfCommitting selfCommitting) {
                runSelfCommitting(progress, selfCommitting.statements());
                return null;
            }

            @Override
            public Void check(Action.Check check) {
                ask(progress, check.statements());
                return null;
            }

            @Override
            public Void slices(Action.Slices slices) {
                new SliceRunner(session, siblings, journal, listener, patience, claim)
                        .run(slices, step, ordinal, back, done -> progress.note(done, 2));
                return null;
            }

            @Override
            public Void cutover(Action.Cutover cutover) {
                persistently(progress, () -> {
                    cutover.prepare().forEach(statement -> commitByItself(statement));
                    requireHours(progress);
                    cutOver(progress, cutover);
                });
                return null;
            }

            @Override
            public Void nothing(Action.Nothing nothing) {
                noteAlone(progress, 1);
                return null;
            }
        });
    }

    /** What comes before a window, and the attempts at one, can outlast the hours. */
    private void requireHours(Progress progress) {
        if (progress.step.isCutover() && !progress.back && !claim.gate().isOpen()) {
            throw new OutsideHours();
        }
    }

    /** The hours of the cutover have passed; nothing has been done. */
    static final class OutsideHours extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void runWindow(Progress progress, Action.Window window) {
        Stopwatch watch = new Stopwatch();
        try {
            session.transaction(() -> {
                TransactionSettings.ofWindow(Optional.of(claim.runId()), claim.maxPause(), claim.serverVersion())
                        .forEach(session::execute);
                checkOwnership();
                watch.asked();
                session.execute(window.lock());
                watch.locked();
                window.statements().forEach(statement -> inBudget(statement, watch));
                session.execute(journal.lockLog(
                        claim.runId(),
                        progress.step.id(),
                        progress.back,
                        "committed",
                        watch.waited(),
                        watch.held(),
                        window.lock().text()));
                session.execute(progress.note(1, 1));
            });
        } catch (DatabaseException e) {
            throw new WindowFailed(e, watch, window.lock().text());
        }
        committed(progress, watch);
    }

    private void cutOver(Progress progress, Action.Cutover cutover) {
        Optional<Sibling> second = siblings.open();
        try {
            if (second.isPresent()) {
                runCutover(progress, cutover, second.map(Sibling::session));
            } else {
                cutOverAlone(progress, cutover);
            }
        } finally {
            second.ifPresent(Sibling::close);
        }
    }

    /** What is replayed must be committed before the window, and what comes in between sends the window back; that costs the application a moment. */
    private void cutOverAlone(Progress progress, Action.Cutover cutover) {
        for (int attempt = 1; ; attempt++) {
            cutover.replay().forEach(this::commitByItself);
            try {
                runCutover(progress, cutover, Optional.empty());
                return;
            } catch (WindowFailed failure) {
                if (!failure.cause.sqlState().equals(SqlState.PREPARE_AGAIN) || attempt == ATTEMPTS_ALONE) {
                    throw failure;
                }
            }
        }
    }

    private void runCutover(Progress progress, Action.Cutover cutover, Optional<Session> second) {
        Stopwatch watch = new Stopwatch();
        try {
            session.transaction(() -> {
                TransactionSettings.ofWindow(Optional.of(claim.runId()), claim.maxPause(), claim.serverVersion())
                        .forEach(session::execute);
                checkOwnership();
                watch.asked();
                session.execute(cutover.hold());
                if (second.isPresent()) {
                    replayBeside(second.get(), cutover, watch);
                } else {
                    inBudget(cutover.settle(), watch);
                }
                session.execute(TransactionSettings.statementTimeout(rest(watch)));
                session.execute(cutover.lock());
                watch.locked();
                cutover.statements().forEach(statement -> inBudget(statement, watch));
                session.execute(journal.lockLog(
                        claim.runId(),
                        progress.step.id(),
                        progress.back,
                        "committed",
                        watch.waited(),
                        watch.held(),
                        cutover.lock().text()));
                session.execute(progress.note(1, 1));
            });
        } catch (DatabaseException e) {
            throw new WindowFailed(e, watch, cutover.lock().text());
        }
        committed(progress, watch);
    }

    /** Writers are held off by the transaction that is open in our own session. */
    private void replayBeside(Session beside, Action.Cutover cutover, Stopwatch watch) {
        beside.execute(
                Sql.join(";\n", TransactionSettings.ofSelfCommitting(Optional.of(claim.runId()), claim.maxPause())));
        for (Sql statement : cutover.replay()) {
            beside.execute(TransactionSettings.sessionTimeout(rest(watch)));
            beside.execute(statement);
        }
        beside.execute(TransactionSettings.sessionTimeout(rest(watch)));
        beside.execute(cutover.settle());
    }

    private void inBudget(Sql statement, Stopwatch watch) {
        session.execute(TransactionSettings.statementTimeout(rest(watch)) + ";\n" + statement);
    }

    private void runEach(Progress progress, List<Sql> statements, int alreadyDone) {
        for (int i = alreadyDone; i < statements.size(); i++) {
            Sql statement = statements.get(i);
            int done = i + 1;
            persistently(progress, () -> runOne(progress, statement, done, statements.size()));
            listener.progress(progress.step, done, statements.size());
            patience.checkStop();
        }
        if (statements.size() <= alreadyDone) {
            noteAlone(progress, statements.size());
        }
    }

    private void runOne(Progress progress, Sql statement, int done, int of) {
        Stopwatch watch = new Stopwatch();
        try {
            session.transaction(() -> {
                send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
                checkOwnership();
                watch.asked();
                session.execute(statement);
                session.execute(progress.note(done, of));
            });
        } catch (DatabaseException e) {
            throw new WindowFailed(e, watch, statement.text());
        }
    }

    private void runSelfCommitting(Progress progress, List<Sql> statements) {
        for (Sql statement : statements) {
            persistently(progress, () -> commitByItself(statement));
            patience.checkStop();
        }
        noteAlone(progress, 1);
    }

    /** What a check raises is a refusal, and the transaction that asked goes back. */
    private void ask(Progress progress, List<Sql> statements) {
        try {
            session.transaction(() -> {
                send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
                checkOwnership();
                statements.forEach(session::execute);
                session.execute(progress.note(1, 1));
            });
        } catch (DatabaseException e) {
            if (e.sqlState().startsWith("TM")) {
                throw new Refused("There is no way back as things are; nothing has been changed. " + e.getMessage(), e);
            }
            throw e;
        }
    }

    /** Where the work has committed by itself, the note of it has a transaction of its own, as well guarded as any. */
    private void noteAlone(Progress progress, int done) {
        session.transaction(() -> {
            send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
            checkOwnership();
            session.execute(progress.note(done, done));
        });
    }

    private void commitByItself(Sql statement) {
        Stopwatch watch = new Stopwatch();
        session.transaction(this::checkOwnership);
        List<Sql> before = session.query(TransactionSettings.present(), row -> new Sql(row.getString("statement")));
        send(TransactionSettings.ofSelfCommitting(Optional.of(claim.runId()), claim.maxPause()));
        try {
            watch.asked();
            session.execute(statement);
        } catch (DatabaseException e) {
            throw new WindowFailed(e, watch, statement.text());
        } finally {
            if (session.isAlive(5)) {
                send(before);
            }
        }
    }

    /** Tries until it works, until it fails for good, or until patience is at its end. */
    private void persistently(Progress progress, Runnable work) {
        long giveUpAt = System.nanoTime() + GIVE_UP_AFTER.toNanos();
        for (int attempt = 1; ; attempt++) {
            patience.checkStop();
            try {
                work.run();
                return;
            } catch (WindowFailed failure) {
                patience.checkStop();
                Duration pause = longer(failure.watch.sinceAsked().multipliedBy(PAUSE_FACTOR), SHORTEST_PAUSE);
                judge(progress, failure, System.nanoTime() + pause.toNanos() > giveUpAt);
                session.execute(journal.lockLog(
                        claim.runId(),
                        progress.step.id(),
                        progress.back,
                        failure.cause.sqlState(),
                        failure.watch.waited(),
                        failure.watch.held(),
                        failure.locked));
                listener.windowPostponed(progress.step, attempt, String.valueOf(failure.cause.getMessage()), pause);
                patience.pause(pause);
            }
        }
    }

    /** Lets the run go on to another attempt, or ends it with the right kind of error. */
    private void judge(Progress progress, WindowFailed failure, boolean timeIsUp) {
        String where = "Step \"" + progress.step.id() + "\"" + (progress.back ? " (on the way back)" : "");
        if (SqlState.connectionLost(failure.cause.sqlState()) && !session.isAlive(1)) {
            throw new RetryLater(
                    where
                            + " lost its connection; the server took back what was not committed. Run the same change again to go on. "
                            + failure.cause.getMessage(),
                    failure.cause);
        }
        if (failure.cause.sqlState().equals(SqlState.LOG_FULL)) {
            throw new LogFull("The log of changes has reached its limit", failure.cause);
        }
        // A connection that is lost while ours is alive was the second one.
        if (!SqlState.worthRepeating(failure.cause.sqlState()) && !SqlState.connectionLost(failure.cause.sqlState())) {
            throw new StepFailed(
                    where + " failed: " + failure.cause.getMessage() + System.lineSeparator()
                            + "Steps before it are kept and recorded. Remove the cause and run the same change again, or take everything back"
                            + " with \"liquibase tidemark abort\".",
                    failure.cause);
        }
        if (timeIsUp) {
            throw new RetryLater(
                    where + " could not have its locks within "
                            + claim.maxPause().toMillis() + " ms for "
                            + GIVE_UP_AFTER.toMinutes()
                            + " minutes; everything is as before the step. Run the same change again when "
                            + "the table is less busy, or with a longer maxPause. Last answer: "
                            + failure.cause.getMessage(),
                    failure.cause);
        }
    }

    private void checkOwnership() {
        if (!journal.owns(session, claim.runId(), claim.fence())) {
            throw takenOver(claim);
        }
    }

    static RetryLater takenOver(Claim claim) {
        return new RetryLater(
                "Another process has taken run " + claim.runId() + " over; this one stops. Nothing of it is lost.",
                null);
    }

    /** In one round trip. */
    private void send(List<Sql> settings) {
        session.execute(Sql.join(";\n", settings));
    }

    private Duration rest(Stopwatch watch) {
        Duration rest = claim.maxPause().minus(watch.sinceAsked());
        // Zero would mean "no limit" to the server.
        return longer(rest, Duration.ofMillis(1));
    }

    private void committed(Progress progress, Stopwatch watch) {
        longestWindow = longer(longestWindow, watch.sinceAsked());
        listener.windowCloses(progress.step, watch.waitedTime(), watch.heldTime());
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** A step in one direction, and how to note what is done of it. */
    private final class Progress {
        private final Step step;
        private final int ordinal;
        private final boolean back;

        Progress(Step step, int ordinal, boolean back) {
            this.step = step;
            this.ordinal = ordinal;
            this.back = back;
        }

        Sql note(int done, int of) {
            StepState state = done < of
                    ? (back ? StepState.UNDOING : StepState.STARTED)
                    : (back ? StepState.UNDONE : StepState.DONE);
            return journal.step(Journal.run(claim.runId()), ordinal, state, back, done);
        }
    }

    /** An attempt that did not commit. */
    private static final class WindowFailed extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient DatabaseException cause;
        private final transient Stopwatch watch;
        private final String locked;

        WindowFailed(DatabaseException cause, Stopwatch watch, String locked) {
            super(cause);
            this.cause = cause;
            this.watch = watch;
            this.locked = locked;
        }
    }
}
