package dev.tidemark.run;

import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;

/** Says whose locks an attempt has not outlived, so that somebody can speak to him. */
final class LockHolders {
    /** More are counted. */
    private static final int SHOWN = 3;

    /** The tables, everything below them, and what foreign keys tie to those. Whoever kept an attempt waiting had his transaction before it began. */
    private static final String HOLDERS =
            """
            WITH RECURSIVE tree AS (
              SELECT to_regclass(name)::oid AS oid FROM unnest(?::text[]) AS name
              UNION
              SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid),
            asked AS (
              SELECT oid FROM tree
              UNION
              SELECT c.confrelid FROM tree AS t JOIN pg_catalog.pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f'
              UNION
              SELECT c.conrelid FROM tree AS t JOIN pg_catalog.pg_constraint AS c ON c.confrelid = t.oid AND c.contype = 'f'),
            holder AS (
              SELECT l.pid, pg_catalog.min(pg_catalog.format('%s on %s', l.mode, l.relation::pg_catalog.regclass)) AS lock
                FROM pg_catalog.pg_locks AS l JOIN asked AS a ON a.oid = l.relation
               WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
                 AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
               GROUP BY l.pid)
            SELECT pg_catalog.format('session %s (%s) holds %s', s.pid,
                     pg_catalog.concat_ws(', ', coalesce(nullif(s.application_name, ''), s.backend_type), 'user ' || s.usename, s.state,
                       'in its transaction for ' || pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - s.xact_start), 1) || ' s'),
                     h.lock) AS holder
              FROM holder AS h JOIN pg_catalog.pg_stat_activity AS s ON s.pid = h.pid
             WHERE s.xact_start IS NULL OR s.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ?)
             ORDER BY s.xact_start
            """;

    private LockHolders() {}

    /** {@code "; session 9087 (psql, …) holds AccessShareLock on fixes"}, or nothing where nobody is seen. */
    static String inWords(Session session, List<TableName> tables, Duration waited) {
        List<String> holders = session.query(
                HOLDERS,
                row -> row.getString("holder"),
                tables.stream().map(TableName::toString).toArray(String[]::new),
                waited.toMillis() / 1000.0);
        if (holders.isEmpty()) {
            return "";
        }
        String shown = String.join("; ", holders.subList(0, Math.min(SHOWN, holders.size())));
        return "; " + shown + (holders.size() > SHOWN ? "; and " + (holders.size() - SHOWN) + " more" : "");
    }
}
