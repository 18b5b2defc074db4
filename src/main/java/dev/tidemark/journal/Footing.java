package dev.tidemark.journal;

import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import java.util.OptionalInt;

/**
 * Where a run stands, for somebody who helps with it and does not own it.
 *
 * @param state its state
 * @param fence the fencing number of whoever owns it
 * @param open the ordinal of a step with slices that wait to be done, if there is one
 * @param sharedAhead whether a step that can be shared is under way or still to come
 */
public record Footing(State state, long fence, OptionalInt open, boolean sharedAhead) {

    /** Reads it. @throws Refused if this user may not write the journal, or the run is gone */
    public static Footing of(Session session, Journal journal, String runId) {
        journal.requireRights();
        Sql back = new Sql("(r.state = 'UNDOING')");
        return session.first(
                        Sql.of(
                                        """
                                        SELECT r.state, r.fence,
                                               (SELECT t.ordinal FROM %s AS t
                                                 WHERE t.run = r.id AND t.state = CASE WHEN %s THEN 'UNDOING' ELSE 'STARTED' END
                                                   AND EXISTS (SELECT FROM %s AS s WHERE s.run = r.id AND s.step = t.ordinal AND s.back = %s AND s.state = 'PENDING')
                                                 LIMIT 1) AS open,
                                               EXISTS (SELECT FROM %s AS t
                                                        WHERE t.run = r.id
                                                          AND CASE WHEN %s THEN t.down_kind LIKE %L AND t.up_done > 0 AND t.state <> 'UNDONE'
                                                                   ELSE t.up_kind LIKE %L AND t.state <> 'DONE' END) AS ahead
                                          FROM %s AS r WHERE r.id = %L""",
                                        journal.table("step"),
                                        back,
                                        journal.table("slice"),
                                        back,
                                        journal.table("step"),
                                        back,
                                        StoredAction.SLICES + "%",
                                        StoredAction.SLICES + "%",
                                        journal.table("run"),
                                        runId)
                                .text(),
                        row -> {
                            int open = row.getInt("open");
                            OptionalInt ordinal = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(open);
                            return new Footing(
                                    State.valueOf(row.getString("state")),
                                    row.getLong("fence"),
                                    ordinal,
                                    row.getBoolean("ahead"));
                        })
                .orElseThrow(() -> new Refused("Run " + runId + " is no longer in the journal."));
    }

    /** Whether the run is still owned by the same and goes in the same direction; neither can change before the transaction ends. */
    public boolean holds(Session worker, Journal journal, String runId) {
        return worker.first(
                        Sql.of(
                                        "SELECT true FROM %s WHERE id = %L AND fence = %s AND state = %L FOR SHARE",
                                        journal.table("run"), runId, fence, state.name())
                                .text(),
                        r -> r.getBoolean(1))
                .orElse(false);
    }
}
