package dev.tidemark.journal;

import dev.tidemark.session.Session;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * One session's claim on tables: a session advisory lock each, given up by {@link #close()} or when the connection ends.
 *
 * <p>It keeps two runs apart; the fencing number in the journal keeps out one whose connection died unnoticed.
 */
public final class RunLock implements AutoCloseable {
    /** First key of our advisory locks: "TIDE" in ASCII, so that nobody's own locks collide by chance. */
    static final int SPACE = 0x54494445;

    private final Session session;
    private final List<Integer> keys;

    private RunLock(Session session, List<Integer> keys) {
        this.session = session;
        this.keys = keys;
    }

    /** Takes the lock of every table, in the order of their keys. @throws RetryLater if another session has one of them */
    public static RunLock take(Session session, List<TableName> tables) {
        List<Integer> keys = tables.stream()
                .map(t -> t.quoted().hashCode())
                .sorted()
                .distinct()
                .toList();
        RunLock lock = new RunLock(session, keys);
        int taken = 0;
        for (Integer key : keys) {
            boolean got = session.first("SELECT pg_try_advisory_lock(?, ?)", r -> r.getBoolean(1), SPACE, key)
                    .orElse(false);
            if (!got) {
                new RunLock(session, keys.subList(0, taken)).close();
                throw new RetryLater(
                        "Another run is at work on " + tables + holder(session, key)
                                + ". Wait until it has ended, or end that session.",
                        null);
            }
            taken++;
        }
        return lock;
    }

    /** Whether a session has the lock of one of the tables: somebody carries a run on them out. */
    public static boolean isHeld(Session session, List<TableName> tables) {
        return session.first(
                        """
                        SELECT EXISTS (SELECT FROM pg_locks AS l
                                        WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                                          AND l.classid = ?::bigint AND l.objid::bigint IN (SELECT k & 4294967295 FROM unnest(?) AS k))""",
                        r -> r.getBoolean(1),
                        SPACE,
                        tables.stream().map(t -> (long) t.quoted().hashCode()).toArray(Long[]::new))
                .orElse(false);
    }

    private static String holder(Session session, int key) {
        return session.first(
                        """
                        SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'local')
                          FROM pg_locks AS l
                          JOIN pg_stat_activity AS a ON a.pid = l.pid
                         WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                           AND l.classid = ?::bigint AND l.objid = (?::bigint & 4294967295)""",
                        r -> " (pid " + r.getInt(1) + ", " + r.getString(2) + " from " + r.getString(3) + ")",
                        SPACE,
                        key)
                .orElse("");
    }

    @Override
    public void close() {
        if (session.isAlive(5)) {
            keys.forEach(key -> session.query("SELECT pg_advisory_unlock(?, ?)", r -> r.getBoolean(1), SPACE, key));
        }
    }
}
