package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.Action;
import dev.tidemark.plan.Step;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
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
    private final Attempts attempts;
    private final Windows windows;

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
        this.attempts = new Attempts(session, journal, listener, patience, claim);
        this.windows = new Windows(session, siblings, journal, listener, claim, this::commitByItself);
    }

    /** What this process may do. */
    Claim claim() {
        return claim;
    }

    /** The longest window that was committed. */
    Duration longestWindow() {
        return windows.longest();
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
        attempts.at(
                new CurrentStep(claim.runId(), step, ordinal, false),
                () -> statements.forEach(this::commitUnlessOthersAreInTheWay));
    }

    /** Old snapshots of others are waited for when the window is due. */
    private void commitUnlessOthersAreInTheWay(Sql statement) {
        try {
            commitByItself(statement);
        } catch (AttemptFailed failure) {
            if (!failure.sqlState().equals(SqlState.WAIT_FOR_OTHERS)) {
                throw failure;
            }
        }
    }

    /** Carries out what is left of a step in one direction. */
    void run(RecordedStep recorded, int ordinal, boolean back) {
        patience.checkStop();
        int done = back ? recorded.downDone() : recorded.upDone();
        CurrentStep step = new CurrentStep(claim.runId(), recorded.step(), ordinal, back);
        (back ? recorded.step().down() : recorded.step().up()).interpretedBy(new Action.Interpreter<Void>() {
            @Override
            public Void window(Action.Window window) {
                attempts.at(step, () -> {
                    window.prepare().forEach(statement -> commitByItself(statement));
                    requireHours(step);
                    windows.run(step, window);
                });
                return null;
            }

            @Override
            public Void online(Action.Online online) {
                runEach(step, online.statements(), done);
                return null;
            }

            @Override
            public Void selfCommitting(Action.SelfCommitting selfCommitting) {
                runSelfCommitting(step, selfCommitting.statements());
                return null;
            }

            @Override
            public Void check(Action.Check check) {
                ask(step, check.statements());
                return null;
            }

            @Override
            public Void slices(Action.Slices slices) {
                new SliceRunner(session, siblings, journal, listener, patience, claim)
                        .run(slices, recorded.step(), ordinal, back, done -> step.note(journal, done, 2));
                return null;
            }

            @Override
            public Void cutover(Action.Cutover cutover) {
                attempts.at(step, () -> {
                    cutover.prepare().forEach(statement -> commitByItself(statement));
                    requireHours(step);
                    windows.run(step, cutover);
                });
                return null;
            }

            @Override
            public Void buildIndexes(Action.BuildIndexes indexes) {
                runBuild(step, indexes);
                return null;
            }

            @Override
            public Void nothing(Action.Nothing nothing) {
                noteAlone(step, 1);
                return null;
            }
        });
    }

    /** What comes before a window, and the attempts at one, can outlast the hours. */
    private void requireHours(CurrentStep step) {
        if (step.step().isCutover() && !step.back() && !claim.gate().isOpen()) {
            throw new OutsideHours();
        }
    }

    /** The hours of the cutover have passed; nothing has been done. */
    static final class OutsideHours extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void runEach(CurrentStep step, List<Sql> statements, int alreadyDone) {
        for (int i = alreadyDone; i < statements.size(); i++) {
            Sql statement = statements.get(i);
            int done = i + 1;
            attempts.at(step, () -> runOne(step, statement, done, statements.size()));
            listener.progress(step.step(), done, statements.size());
            patience.checkStop();
        }
        if (statements.size() <= alreadyDone) {
            noteAlone(step, statements.size());
        }
    }

    private void runOne(CurrentStep step, Sql statement, int done, int of) {
        Stopwatch watch = new Stopwatch();
        try {
            session.transaction(() -> {
                send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
                checkOwnership();
                watch.asked();
                session.execute(statement);
                session.execute(step.note(journal, done, of));
            });
        } catch (DatabaseException e) {
            throw new AttemptFailed(e, watch, statement.text());
        }
    }

    private void runSelfCommitting(CurrentStep step, List<Sql> statements) {
        // All of them again: what a later one misses an earlier one has made.
        attempts.at(
                step,
                () -> statements.forEach(statement -> {
                    commitByItself(statement);
                    patience.checkStop();
                }));
        noteAlone(step, 1);
    }

    /** An index that is being built lets readers and writers go on while it waits for older transactions, so it waits as long as they take. */
    private void runBuild(CurrentStep step, Action.BuildIndexes indexes) {
        attempts.at(step, () -> {
            indexes.prepare().forEach(statement -> commitByItself(statement));
            indexes.build().forEach(statement -> {
                try {
                    commitByItself(statement, List.of(TransactionSettings.UNHURRIED));
                } catch (AttemptFailed failure) {
                    clear(indexes);
                    throw failure;
                }
                patience.checkStop();
            });
        });
        noteAlone(step, 1);
    }

    /** An invalid index of a key goes on refusing rows. */
    private void clear(Action.BuildIndexes indexes) {
        if (session.isAlive(5)) {
            try {
                indexes.prepare().forEach(statement -> commitByItself(statement));
            } catch (AttemptFailed stays) {
                // It is taken away when the step is repeated, or taken back.
                return;
            }
        }
    }

    /** What a check raises is a refusal, and the transaction that asked goes back. */
    private void ask(CurrentStep step, List<Sql> statements) {
        try {
            session.transaction(() -> {
                send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
                checkOwnership();
                statements.forEach(session::execute);
                session.execute(step.note(journal, 1, 1));
            });
        } catch (DatabaseException e) {
            if (e.sqlState().startsWith("TM")) {
                throw new Refused("There is no way back as things are; nothing has been changed. " + e.getMessage(), e);
            }
            throw e;
        }
    }

    /** Where the work has committed by itself, the note of it has a transaction of its own, as well guarded as any. */
    private void noteAlone(CurrentStep step, int done) {
        session.transaction(() -> {
            send(TransactionSettings.ofOnlineWork(Optional.of(claim.runId()), claim.maxPause()));
            checkOwnership();
            session.execute(step.note(journal, done, done));
        });
    }

    private void commitByItself(Sql statement) {
        commitByItself(statement, List.of());
    }

    private void commitByItself(Sql statement, List<Sql> furtherSettings) {
        Stopwatch watch = new Stopwatch();
        session.transaction(this::checkOwnership);
        List<Sql> before = session.query(TransactionSettings.present(), row -> new Sql(row.getString("statement")));
        send(TransactionSettings.ofSelfCommitting(Optional.of(claim.runId()), claim.maxPause()));
        furtherSettings.forEach(session::execute);
        try {
            watch.asked();
            session.execute(statement);
        } catch (DatabaseException e) {
            throw new AttemptFailed(e, watch, statement.text());
        } finally {
            if (session.isAlive(5)) {
                send(before);
            }
        }
    }

    private void checkOwnership() {
        requireOwned(session, journal, claim);
    }

    /** Inside a transaction. @throws RetryLater where another process has taken the run over */
    static void requireOwned(Session session, Journal journal, Claim claim) {
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
}
