package dev.tidemark.journal;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The slices of one step in one direction.
 *
 * <p>A slice is leased by locking its row for the transaction of its work ({@code FOR UPDATE SKIP LOCKED}): nobody waits for a lease, and one whose holder
 * died is free at once. Each method is given the session of the worker that asks; for use by several threads.
 */
public final class SliceQueue {
    private final Sql table;
    private final Sql mine;
    private final Sql columns;

    SliceQueue(Sql table, Sql run, int step, boolean back) {
        this.table = table;
        this.mine = Sql.of("run = %s AND step = %s AND back = %s", run, step, back);
        this.columns = Sql.of("%s, %s, %s", run, step, back);
    }

    /** A statement that writes down the slices to begin with. */
    public Sql list(Sql parts) {
        return Sql.of(
                "INSERT INTO %s (run, step, back, part, lower, upper, weight) SELECT %s, p.part, p.lower, p.upper, p.weight FROM (%s) AS p",
                table, columns, parts);
    }

    /**
     * A statement that has one session do every slice that is listed and not done, each in a transaction.
     *
     * @param work a template of {@code format()} for the part, the bounds and the number of a slice
     */
    public Sql doAll(String work) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    one record;
                    done bigint;
                BEGIN
                    FOR one IN SELECT * FROM %s WHERE %s AND state = 'PENDING' ORDER BY number
                    LOOP
                        EXECUTE format(%L, one.part, one.lower, one.upper, one.number);
                        GET DIAGNOSTICS done = ROW_COUNT;
                        UPDATE %s SET state = 'DONE', rows = done, process = pg_backend_pid(), finished_at = clock_timestamp() WHERE %s AND number = one.number;
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                table, mine, work, table, mine);
    }

    /** Locks a slice that waits to be done; inside a transaction. */
    public Optional<Slice> lease(Session session) {
        return lease(session, new Sql("true"));
    }

    /** Locks that slice, if it still waits to be done and nobody else has it; inside a transaction. */
    public Optional<Slice> lease(Session session, long number) {
        return lease(session, Sql.of("number = %s", number));
    }

    private Optional<Slice> lease(Session session, Sql which) {
        return session.first(
                Sql.of(
                                """
                                SELECT number, part, lower, upper, weight FROM %s
                                 WHERE %s AND state = 'PENDING' AND %s
                                 ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED""",
                                table, mine, which)
                        .text(),
                row -> new Slice(row.getLong(1), row.getString(2), row.getString(3), row.getString(4), row.getLong(5)));
    }

    /** Cuts a leased slice in two: it keeps what lies below {@code at}, and the rest becomes a slice of its own. */
    public void cut(Session session, Slice slice, String at, long weight) {
        session.execute(Sql.of(
                "UPDATE %s SET upper = %L, weight = %s WHERE %s AND number = %s",
                table, at, weight, mine, slice.number()));
        session.execute(Sql.of(
                "INSERT INTO %s (run, step, back, part, lower, upper, weight) VALUES (%s, %L, %L, %s, %s)",
                table, columns, slice.part(), at, bound(slice.upper()), Math.max(0, slice.weight() - weight)));
    }

    /** Notes, in the transaction of its work, that a leased slice is done. */
    public Sql done(long number, long rows, long tookMillis) {
        return Sql.of(
                "UPDATE %s SET state = 'DONE', rows = %s, took_ms = %s, process = pg_backend_pid(), finished_at = clock_timestamp() WHERE %s AND number = %s",
                table, rows, tookMillis, mine, number);
    }

    /** Whether the slices to begin with have been written down. */
    public boolean isListed(Session session) {
        return session.first(
                        Sql.of("SELECT EXISTS (SELECT FROM %s WHERE %s)", table, mine)
                                .text(),
                        row -> row.getBoolean(1))
                .orElse(false);
    }

    /** What is done and what there is. */
    public Count count(Session session) {
        return session.first(
                        Sql.of(
                                        """
                                        SELECT count(*) FILTER (WHERE state = 'PENDING'), coalesce(sum(weight) FILTER (WHERE state = 'DONE'), 0),
                                               coalesce(sum(weight), 0), coalesce(sum(rows), 0)
                                          FROM %s WHERE %s""",
                                        table, mine)
                                .text(),
                        row -> new Count(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
                .orElseThrow();
    }

    /**
     * How far the step is.
     *
     * @param pending slices that are not done
     * @param done the weight that is done
     * @param all the weight of all
     * @param rows rows of the slices that are done
     */
    public record Count(long pending, long done, long all, long rows) {}

    private static Sql bound(@Nullable String value) {
        return value == null ? new Sql("NULL") : Sql.of("%L", value);
    }
}
