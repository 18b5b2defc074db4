package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/** What is left of a table after a cutover. */
final class RetiredQuery {
    private static final String LEAVES =
            """
            SELECT n.nspname AS schema, c.relname AS name
              FROM (SELECT relid FROM pg_partition_tree(to_regclass(?)) WHERE isleaf
                    UNION SELECT to_regclass(?)) AS t
              JOIN pg_class AS c ON c.oid = t.relid
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r'
             ORDER BY 1, 2""";

    private static final String REFERENCED =
            """
            SELECT DISTINCT n.nspname AS schema, c.relname AS name
              FROM pg_constraint AS k
              JOIN pg_class AS c ON c.oid = k.confrelid
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE k.contype = 'f' AND k.confrelid <> k.conrelid
               AND k.conrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(?)) UNION SELECT to_regclass(?))
             ORDER BY 1, 2""";

    private RetiredQuery() {}

    static List<TableName> leaves(Session session, TableName retired) {
        return names(session, LEAVES, retired);
    }

    static List<TableName> referenced(Session session, TableName retired) {
        return names(session, REFERENCED, retired);
    }

    static boolean isFilled(Session session, TableName leaf) {
        return session.first(Sql.of("SELECT EXISTS (SELECT FROM ONLY %I)", leaf).text(), row -> row.getBoolean(1))
                .orElse(false);
    }

    private static List<TableName> names(Session session, String query, TableName retired) {
        return session.query(
                query,
                row -> new TableName(row.getString("schema"), row.getString("name")),
                retired.quoted(),
                retired.quoted());
    }
}
