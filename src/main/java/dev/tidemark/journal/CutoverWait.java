package dev.tidemark.journal;

import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the journal says that a run waits for its cutover, that it goes on, and that what was proved has grown old meanwhile. */
public final class CutoverWait {
    private static final double MILLIS = 1e3;

    private final Session session;
    private final Journal journal;

    CutoverWait(Session session, Journal journal) {
        this.session = session;
        this.journal = journal;
    }

    /**
     * How fresh the proof of a run's copy is.
     *
     * @param age since it was taken
     * @param took how long that took
     */
    public record Proof(Duration age, Duration took) {}

    /** Everything before the cutover is done. */
    public Sql begins(Sql run) {
        return Sql.of(
                "UPDATE %s SET state = %L, ready_at = clock_timestamp(), finished_at = NULL WHERE id = %s",
                journal.table("run"), State.WAITING_FOR_CUTOVER.name(), run);
    }

    /** Somebody has said that it may come: several statements for one transaction. */
    public List<Sql> ends(Sql run) {
        return List.of(journal.state(run, State.RUNNING), forgetSlices(run, false), again(run));
    }

    /** What grows old is to be done again: several statements for one transaction. */
    public List<Sql> proveAgain(Sql run) {
        return List.of(forgetSlices(run, false), again(run));
    }

    private Sql forgetSlices(Sql run, boolean back) {
        return Sql.of(
                "DELETE FROM %s AS s USING %s AS p WHERE p.run = s.run AND p.ordinal = s.step AND p.ages AND s.back = %s AND s.run = %s",
                journal.table("slice"), journal.table("step"), back, run);
    }

    private Sql again(Sql run) {
        return Sql.of(
                "UPDATE %s SET state = %L, up_done = 0, changed_at = clock_timestamp() WHERE run = %s AND ages",
                journal.table("step"), StepState.PENDING.name(), run);
    }

    /** The same of a way back that was broken off before its window: several statements for one transaction. */
    public List<Sql> proveBackAgain(Sql run) {
        return List.of(
                forgetSlices(run, true),
                Sql.of(
                        "UPDATE %s SET state = %L, down_done = 0, changed_at = clock_timestamp() WHERE run = %s AND ages AND state = %L",
                        journal.table("step"), StepState.DONE.name(), run, StepState.UNDONE.name()));
    }

    /** For a script: raises an error unless the run stands there. */
    public Sql require(State state, String remedy) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF NOT EXISTS (SELECT FROM %s WHERE id = nullif(current_setting(%L), '')::uuid AND state = %L) THEN
                        RAISE EXCEPTION 'no conversion of these tables is %%', %L USING HINT = %L;
                    END IF;
                END
                $tidemark$""",
                journal.table("run"),
                Journal.RUN_SETTING,
                state.name(),
                state.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                remedy);
    }

    /** For a script: whether the application uses the new layout. */
    public Sql hasCutOver(String cutover) {
        return Sql.of(
                "SELECT EXISTS (SELECT FROM %s WHERE run = %s AND id = %L AND up_done > 0 AND state <> %L)",
                journal.table("step"), Journal.CURRENT_RUN, cutover, StepState.UNDONE.name());
    }

    /**
     * The proof that was taken last; nothing where there is none.
     *
     * @param back of the retired table, for a way back; else of the copy
     */
    public Optional<Proof> proof(String runId, boolean back) {
        return session.first(
                Sql.of(
                                """
                                        SELECT extract(epoch FROM clock_timestamp() - max(s.finished_at)) AS age,
                                               extract(epoch FROM max(s.finished_at) - min(s.finished_at)) AS took
                                          FROM %s AS s JOIN %s AS p ON p.run = s.run AND p.ordinal = s.step
                                         WHERE p.ages AND s.back = %s AND s.run = %L
                                        HAVING count(s.finished_at) > 0""",
                                journal.table("slice"), journal.table("step"), back, runId)
                        .text(),
                row -> new Proof(seconds(row.getDouble("age")), seconds(row.getDouble("took"))));
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * MILLIS));
    }
}
