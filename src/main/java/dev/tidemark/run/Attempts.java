package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.RetryLater;
import java.time.Duration;
import java.util.Set;

/** Tries again what others are in the way of, and leaves them time in between. */
final class Attempts {
    /** How long a window is tried before the run gives up and leaves everything as it is. */
    private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(30);
    /** The application gets at least this multiple of a failed attempt to recover. */
    private static final int PAUSE_FACTOR = 5;

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    /** What an attempt ends with that did not get its locks. */
    private static final Set<String> LOCKED_OUT = Set.of(SqlState.LOCK_NOT_AVAILABLE, SqlState.QUERY_CANCELED);

    private final Session session;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    private final StepRunner.Claim claim;

    Attempts(Session session, Journal journal, Listener listener, Patience patience, StepRunner.Claim claim) {
        this.session = session;
        this.journal = journal;
        this.listener = listener;
        this.patience = patience;
        this.claim = claim;
    }

    /** Tries until it works, until it fails for good, or until patience is at its end. */
    void at(CurrentStep step, Runnable work) {
        long giveUpAt = System.nanoTime() + GIVE_UP_AFTER.toNanos();
        for (int attempt = 1; ; attempt++) {
            patience.checkStop();
            try {
                work.run();
                return;
            } catch (AttemptFailed failure) {
                patience.checkStop();
                Duration pause = longer(felt(failure).multipliedBy(PAUSE_FACTOR), SHORTEST_PAUSE);
                String inTheWay = inTheWay(failure);
                judge(step, failure, inTheWay, System.nanoTime() + pause.toNanos() > giveUpAt);
                session.execute(journal.lockLog(
                        claim.runId(),
                        step.step().id(),
                        step.back(),
                        failure.sqlState(),
                        failure.watch().waited(),
                        failure.watch().held(),
                        failure.locked()));
                listener.windowPostponed(
                        step.step(), attempt, failure.database().answer() + inTheWay, pause);
                patience.pause(pause);
            }
        }
    }

    /** Lets the run go on to another attempt, or ends it with the right kind of error. */
    private void judge(CurrentStep step, AttemptFailed failure, String inTheWay, boolean timeIsUp) {
        String where = step.inWords();
        if (SqlState.connectionLost(failure.sqlState()) && !session.isAlive(1)) {
            throw new RetryLater(
                    where
                            + " lost its connection; the server took back what was not committed. Run the same change again to go on. "
                            + failure.database().getMessage(),
                    failure.database());
        }
        if (failure.sqlState().equals(SqlState.LOG_FULL)) {
            throw new LogFull("The log of changes has reached its limit", failure.database());
        }
        if (failure.sqlState().equals(SqlState.PROVE_AGAIN)) {
            throw new ProveAgain(
                    where
                            + " found the table truncated; run the same change again to copy and prove what is there now. "
                            + failure.database().getMessage(),
                    failure.database());
        }
        // A connection that is lost while ours is alive was the second one.
        if (!SqlState.worthRepeating(failure.sqlState()) && !SqlState.connectionLost(failure.sqlState())) {
            throw new StepFailed(
                    where + " failed: " + failure.database().getMessage() + System.lineSeparator()
                            + "Steps before it are kept and recorded. Remove the cause and run the same change again, or take everything back"
                            + " with \"liquibase tidemark abort\".",
                    failure.database());
        }
        if (timeIsUp) {
            throw new RetryLater(
                    where + " could not have its locks within "
                            + claim.maxPause().toMillis() + " ms for "
                            + GIVE_UP_AFTER.toMinutes()
                            + " minutes; everything is as before the step. Run the same change again when "
                            + "the table is less busy, or with a longer maxPause. Last answer: "
                            + failure.database().answer() + inTheWay,
                    failure.database());
        }
    }

    /** Who it was that an attempt waited for, as far as that can be seen afterwards. */
    private String inTheWay(AttemptFailed failure) {
        return LOCKED_OUT.contains(failure.sqlState()) && session.isAlive(1)
                ? LockHolders.inWords(session, claim.tables(), felt(failure))
                : "";
    }

    /** What had committed before it failed nobody waited for. */
    private Duration felt(AttemptFailed failure) {
        return failure.took().compareTo(claim.maxPause()) < 0 ? failure.took() : claim.maxPause();
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
