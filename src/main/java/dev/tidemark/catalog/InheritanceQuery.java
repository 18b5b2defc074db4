package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** Inheritance around a table; chunks are left out. */
final class InheritanceQuery {
    private InheritanceQuery() {}

    private static final String PARENTS =
            """
            SELECT n.nspname::text AS schema,
                   p.relname::text AS name
              FROM pg_inherits h
              JOIN pg_class p     ON p.oid = h.inhparent
              JOIN pg_namespace n ON n.oid = p.relnamespace
             WHERE h.inhrelid = ?
               AND NOT h.inhparent = ANY (?::bigint[]::oid[])
             ORDER BY h.inhseqno
            """;

    /** The table it is a partition of too. {@code hypertables}: a chunk's hypertable is left out. */
    static List<TableName> parents(Session session, long table, Collection<Long> hypertables) {
        return session.query(PARENTS, InheritanceQuery::name, table, hypertables.toArray(Long[]::new));
    }

    private static final String CHILDREN =
            """
            SELECT n.nspname::text AS schema,
                   c.relname::text AS name
              FROM pg_inherits h
              JOIN pg_class c     ON c.oid = h.inhrelid AND NOT c.relispartition
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE h.inhparent = ?
               AND NOT h.inhparent = ANY (?::bigint[]::oid[])
             ORDER BY 1, 2
            """;

    static List<TableName> children(Session session, long table, Collection<Long> hypertables) {
        return session.query(CHILDREN, InheritanceQuery::name, table, hypertables.toArray(Long[]::new));
    }

    private static TableName name(ResultSet row) throws SQLException {
        return new TableName(row.getString("schema"), row.getString("name"));
    }
}
