package dev.tidemark.catalog;

import dev.tidemark.schema.Grant;
import dev.tidemark.session.Session;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Privileges on a table and on its columns. */
final class GrantsQuery {
    /** The key of privileges on the whole table; no column can have it as a name. */
    static final String WHOLE_TABLE = "";

    private record ColumnGrant(String column, Grant grant) {}

    private GrantsQuery() {}

    /** What the owner granted itself on the table is its default and left out. */
    private static final String GRANTS =
            """
            SELECT acl.column              AS column,
                   CASE WHEN g.grantee = 0 THEN '' ELSE pg_get_userbyid(g.grantee)::text END AS grantee,
                   g.privilege_type        AS privilege,
                   g.is_grantable          AS grantable,
                   pg_get_userbyid(g.grantor)::text AS grantor
              FROM (SELECT '' AS column, c.relacl AS items, c.relowner AS owner
                      FROM pg_class c WHERE c.oid = ?
                    UNION ALL
                    SELECT a.attname::text, a.attacl, NULL
                      FROM pg_attribute a WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped) acl,
                   aclexplode(acl.items) g
             WHERE g.grantee IS DISTINCT FROM acl.owner
             ORDER BY 1, 2, 3, 5
            """;

    /** By column, those on the table under {@link #WHOLE_TABLE}. */
    static Map<String, List<Grant>> read(Session session, long table) {
        return session
                .query(
                        GRANTS,
                        row -> new ColumnGrant(
                                row.getString("column"),
                                new Grant(
                                        row.getString("grantee"),
                                        row.getString("privilege"),
                                        row.getBoolean("grantable"),
                                        row.getString("grantor"))),
                        table,
                        table)
                .stream()
                .collect(Collectors.groupingBy(
                        ColumnGrant::column, Collectors.mapping(ColumnGrant::grant, Collectors.toList())));
    }
}
