package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.SliceQueue;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.plan.Step;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import dev.tidemark.transfer.Transfer;
import java.time.Duration;
import java.util.function.IntFunction;

/** Carries out a step that is cut into slices: lists them once, and has every one done that is not. */
final class SliceRunner {
    /** How long a slice takes: short enough for a stop, a throttle and the horizon of vacuum, long enough for its own cost not to matter. */
    static final Duration TARGET = Duration.ofMillis(500);

    private static final String COPY = "copy";

    private final Session session;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    private final StepRunner.Claim claim;

    SliceRunner(
            Session session,
            SiblingOpener siblings,
            Journal journal,
            Listener listener,
            Patience patience,
            StepRunner.Claim claim) {
        this.session = session;
        this.siblings = siblings;
        this.journal = journal;
        this.listener = listener;
        this.patience = patience;
        this.claim = claim;
    }

    /** @param note writes down, inside a transaction, that the slices are listed (1) or done (2) */
    void run(Slices slices, Step step, int ordinal, boolean back, IntFunction<Sql> note) {
        SliceQueue queue = journal.slices(Journal.run(claim.runId()), ordinal, back);
        if (!queue.isListed(session)) {
            guarded(() -> session.execute(queue.list(slices.parts())), note.apply(1));
        }
        try (Pace pace = new Pace(session, siblings, journal, listener, patience, claim)) {
            if (copiesRows(step) && !journal.hasSlicesDone(claim.runId())) {
                pace.begin();
            }
            Transfer transfer = new Transfer(
                    slices,
                    queue,
                    new Transfer.Guard(
                            TransactionSettings.ofSlice(claim.runId(), claim.maxPause(), claim.workers()),
                            this::checkOwnership,
                            pace),
                    TARGET);
            transfer.run(
                    session,
                    siblings,
                    claim.workers(),
                    count -> listener.copied(step, count.done(), count.all(), count.rows()));
        } catch (DatabaseException e) {
            throw failed(step, back, e);
        }
        guarded(() -> {}, note.apply(2));
    }

    /** Other steps need no room, or little. */
    private static boolean copiesRows(Step step) {
        return step.id().equals(COPY) || step.id().startsWith(COPY + "-");
    }

    private void guarded(Runnable work, Sql note) {
        session.transaction(() -> {
            session.execute(
                    Sql.join(";\n", TransactionSettings.ofSlice(claim.runId(), claim.maxPause(), claim.workers())));
            checkOwnership(session);
            work.run();
            session.execute(note);
        });
    }

    private void checkOwnership(Session worker) {
        if (!journal.owns(worker, claim.runId(), claim.fence())) {
            throw StepRunner.takenOver(claim);
        }
    }

    private RuntimeException failed(Step step, boolean back, DatabaseException e) {
        String where = "Step \"" + step.id() + "\"" + (back ? " (on the way back)" : "");
        if (SqlState.connectionLost(e.sqlState()) && !session.isAlive(1)) {
            return new RetryLater(
                    where + " lost its connection; slices that are done are kept. Run the same change again to go on. "
                            + e.getMessage(),
                    e);
        }
        patience.checkStop();
        return new StepFailed(
                where + " failed: " + e.getMessage() + System.lineSeparator()
                        + "Slices that are done are kept and recorded. Remove the cause and run the same change again, or take everything back"
                        + " with \"liquibase tidemark abort\".",
                e);
    }
}
