package dev.tidemark.catalog;

import dev.tidemark.schema.ServerSession;
import dev.tidemark.session.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Other sessions and prepared transactions that hold locks on tables, or have had a transaction open for a while. */
final class SessionsQuery {
    private SessionsQuery() {}

    /** The tables with everything below them. A prepared transaction's locks have no process; the lock on its own id tells their virtual transaction. */
    private static final String SESSIONS =
            """
            WITH RECURSIVE tree AS (
              SELECT unnest(?::bigint[]::oid[]) AS oid
              UNION
              SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid),
            locked AS (
              SELECT coalesce(l.pid::text, l.virtualtransaction) AS holder,
                     array_agg(DISTINCT format('%I.%I: %s', n.nspname, c.relname, l.mode)) AS locks
                FROM pg_locks l
                JOIN tree t         ON t.oid = l.relation
                JOIN pg_class c     ON c.oid = l.relation
                JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE l.granted
                 AND l.locktype = 'relation'
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               GROUP BY 1)
            SELECT a.pid                             AS pid,
                   coalesce(a.application_name, '')  AS application,
                   coalesce(a.usename::text, '')     AS user,
                   coalesce(a.state, '')             AS state,
                   coalesce(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000, 0)::bigint AS "transactionMillis",
                   coalesce(a.backend_type, '')      AS kind,
                   k.locks                           AS locks
              FROM pg_stat_activity a
              LEFT JOIN locked k ON k.holder = a.pid::text
             WHERE a.pid <> pg_backend_pid()
               AND (k.holder IS NOT NULL
                    OR a.datname = current_database() AND a.xact_start < clock_timestamp() - interval '1 second')
            UNION ALL
            SELECT 0, p.gid, p.owner::text, 'prepared',
                   (extract(epoch FROM clock_timestamp() - p.prepared) * 1000)::bigint, 'prepared transaction', k.locks
              FROM pg_prepared_xacts p
              LEFT JOIN pg_locks own ON own.locktype = 'transactionid' AND own.transactionid = p.transaction AND own.granted
              LEFT JOIN locked k     ON k.holder = own.virtualtransaction
             WHERE p.database = current_database()
             ORDER BY 5 DESC
            """;

    /** The longest first. Sessions of other databases hold up nothing here and are left out. */
    static List<ServerSession> read(Session session, Collection<Long> tables) {
        return session.query(SESSIONS, SessionsQuery::session, (Object) tables.toArray(Long[]::new));
    }

    private static ServerSession session(ResultSet row) throws SQLException {
        return new ServerSession(
                row.getInt("pid"),
                row.getString("application"),
                row.getString("user"),
                row.getString("state"),
                Duration.ofMillis(row.getLong("transactionMillis")),
                row.getString("kind"),
                RowArray.texts(row, "locks"));
    }
}
