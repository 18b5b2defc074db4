package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Collection;

/** Waits for transactions that still see the database as it was before rows were copied: in the copies they would see nothing. */
final class OldSnapshots {
    /** Set in the session, to yes, by whoever copies rows. */
    static final String ROWS_COPIED = "tidemark.rows_copied";
    /** How long they are waited for before the attempt counts as failed. */
    private static final int WAIT_SECONDS = 60;

    /** Share of maxPause that a window waits for them. */
    private static final int SETTLING_SHARE = 4;

    /** Sessions {@code a} of others in this database whose snapshot is older than {@code horizon}; where they have none nothing is known of them. */
    static final Sql OTHERS = new Sql(
            """
            a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'
                           AND age(a.backend_xmin) >= age(horizon::xid)""");

    private OldSnapshots() {}

    /**
     * Waits until no other session works with a snapshot from before now, if rows were copied.
     *
     * @param known whether it is known already that rows are copied, by this process or by one before it
     */
    static Sql waitFor(boolean known) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    horizon xid8 := pg_current_xact_id();
                    deadline timestamptz := clock_timestamp() + interval '%s seconds';
                    -- Transactions that have a snapshot now. Later ones are not waited for, even where a writer in another database holds their xmin back.
                    present text[];
                    oldest record;
                BEGIN
                    IF NOT %s AND coalesce(current_setting(%L, true), '') <> 'yes' THEN
                        RETURN;
                    END IF;
                    COMMIT;
                    SELECT array_agg(l.virtualtransaction) INTO present
                      FROM pg_locks AS l
                      JOIN pg_stat_activity AS a ON a.pid = l.pid
                     WHERE l.locktype = 'virtualxid' AND l.granted AND a.backend_xmin IS NOT NULL;
                    LOOP
                        PERFORM pg_stat_clear_snapshot();
                        SELECT a.pid, a.application_name, clock_timestamp() - a.xact_start AS age INTO oldest
                          FROM pg_stat_activity AS a
                          JOIN pg_locks AS l ON l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted
                         WHERE l.virtualtransaction = ANY (present) AND %s
                         ORDER BY a.xact_start
                         LIMIT 1;
                        EXIT WHEN NOT FOUND;
                        IF clock_timestamp() > deadline THEN
                            RAISE EXCEPTION 'session %% (%%) has worked with an old snapshot for %%', oldest.pid, oldest.application_name, oldest.age
                                USING ERRCODE = 'TM408', HINT = 'Wait until it ends, or end it.';
                        END IF;
                        PERFORM pg_sleep(0.05);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                WAIT_SECONDS, known, ROWS_COPIED, OTHERS);
    }

    /**
     * Others' transactions that have a snapshot at the moment. A single statement may read a table only at its end, from a function, and from outside
     * the first statement of a transaction looks like a single one; so all count, but for those that cannot read any table later, and writers that
     * wait for the window themselves: each takes a new snapshot when it is let in. (One in REPEATABLE READ does not; the server ends it with 40001
     * when it meets what was replayed.)
     */
    private static Sql withSnapshot(Collection<TableName> held) {
        return Sql.of(
                """
                SELECT k.virtualtransaction, a.pid, a.application_name, clock_timestamp() - a.xact_start AS age
                          FROM pg_locks AS k
                          JOIN pg_stat_activity AS a ON a.pid = k.pid
                         WHERE k.locktype = 'virtualxid' AND k.granted AND a.pid <> pg_backend_pid() AND a.datname = current_database()
                           AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker') AND a.backend_xmin IS NOT NULL
                           AND NOT EXISTS (SELECT FROM pg_locks AS w WHERE w.pid = a.pid AND NOT w.granted AND w.locktype = 'relation' AND w.relation IN (%s))
                           AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
                           AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS i WHERE i.pid = a.pid AND i.command LIKE '%%CONCURRENTLY')""",
                Sql.join(
                        " UNION ALL ",
                        held.stream()
                                .map(t -> Sql.of(
                                        "SELECT %L::regclass UNION ALL SELECT relid FROM pg_partition_tree(%L::regclass)",
                                        t.quoted(), t.quoted()))
                                .toList()));
    }

    /**
     * Raises TM408 unless every transaction with a snapshot from before now ends soon; for a window.
     *
     * @param held tables that the window keeps writers out of
     */
    static Sql settled(Collection<TableName> held) {
        Sql withSnapshot = withSnapshot(held);
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    deadline timestamptz := clock_timestamp() + current_setting('tidemark.max_pause_ms')::integer / %s * interval '1 millisecond';
                    present text[];
                    oldest record;
                BEGIN
                    PERFORM pg_stat_clear_snapshot();
                    SELECT array_agg(l.virtualtransaction) INTO present FROM (%s) AS l;
                    LOOP
                        PERFORM pg_stat_clear_snapshot();
                        SELECT l.* INTO oldest FROM (%s) AS l WHERE l.virtualtransaction = ANY (present) ORDER BY l.age DESC LIMIT 1;
                        EXIT WHEN NOT FOUND;
                        IF clock_timestamp() > deadline THEN
                            RAISE EXCEPTION 'session %% (%%) has worked with an old snapshot for %%', oldest.pid, oldest.application_name, oldest.age
                                USING ERRCODE = 'TM408', HINT = 'Wait until it ends, or end it.';
                        END IF;
                        PERFORM pg_sleep(0.002);
                    END LOOP;
                END
                $tidemark$""",
                SETTLING_SHARE, withSnapshot, withSnapshot);
    }
}
