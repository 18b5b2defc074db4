package dev.tidemark.schema;

import java.time.Duration;
import java.util.List;

/**
 * Another session, or a prepared transaction, that may hold up a window.
 *
 * @param pid its process id, 0 for a prepared transaction
 * @param application its application name; for a prepared transaction its gid
 * @param user its role
 * @param state as in pg_stat_activity, or "prepared"
 * @param transactionAge how long its transaction has been open; zero if none
 * @param kind client backend, autovacuum worker, autovacuum worker to prevent wraparound, walsender …
 * @param locks relations among those asked about on which it holds a lock, as "schema.table: mode"
 */
public record ServerSession(
        int pid,
        String application,
        String user,
        String state,
        Duration transactionAge,
        String kind,
        List<String> locks) {
    public ServerSession {
        locks = List.copyOf(locks);
    }
}
