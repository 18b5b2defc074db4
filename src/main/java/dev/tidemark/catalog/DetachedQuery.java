package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import java.util.List;

/** Tables that look like partitions which pg_partman's retention detached and kept. */
final class DetachedQuery {
    /** One of them, with what follows {@code _p} in its name. */
    record Candidate(long oid, String suffix) {}

    private DetachedQuery() {}

    /**
     * The name is built as pg_partman's {@code check_name_length} does: the parent's is cut so that {@code _p} and suffix end within 63 bytes. The columns
     * must be the parent's: name, type, modifier. Neither a partition, nor a chunk, nor an inheritance child.
     */
    private static final String DETACHED =
            """
            SELECT c.oid::bigint AS oid,
                   substr(part.tail, 3) AS suffix
              FROM pg_class c
              JOIN pg_class parent ON parent.oid = ? AND parent.relnamespace = c.relnamespace
             CROSS JOIN LATERAL (SELECT substring(c.relname::text FROM '_p[0-9][0-9_wq]*$') AS tail) part
             WHERE c.relkind = 'r'
               AND NOT c.relispartition
               AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
               AND c.relname::text = CASE WHEN octet_length(parent.relname::text || part.tail) <= 63
                     THEN parent.relname::text || part.tail
                     ELSE substr((part.tail || parent.relname::text)::name::text, length(part.tail) + 1) || part.tail END
               AND (SELECT array_agg((a.attname, a.atttypid, a.atttypmod)::text ORDER BY a.attname)
                      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                 = (SELECT array_agg((a.attname, a.atttypid, a.atttypmod)::text ORDER BY a.attname)
                      FROM pg_attribute a WHERE a.attrelid = parent.oid AND a.attnum > 0 AND NOT a.attisdropped)
             ORDER BY c.relname
            """;

    static List<Candidate> read(Session session, long parent) {
        return session.query(DETACHED, row -> new Candidate(row.getLong("oid"), row.getString("suffix")), parent);
    }
}
