package dev.tidemark.catalog;

import dev.tidemark.schema.MissingRight;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** What the session's user may not do with a schema and its tables, asked of the catalog: looking at the objects themselves would be an error. */
public final class Rights {
    private Rights() {}

    private static final String MISSING =
            """
            SELECT n.nspname::text AS schema, NULL AS relation,
                   ARRAY(SELECT r FROM unnest(?) WITH ORDINALITY AS w(r, place)
                          WHERE NOT has_schema_privilege(n.oid, r) ORDER BY place) AS missing
              FROM pg_catalog.pg_namespace n
             WHERE n.nspname = ?
             UNION ALL
            SELECT n.nspname::text, c.relname::text,
                   ARRAY(SELECT r FROM unnest(?) WITH ORDINALITY AS w(r, place)
                          WHERE NOT has_table_privilege(c.oid, r) ORDER BY place)
              FROM pg_catalog.pg_namespace n
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
             WHERE n.nspname = ? AND (c.relname = ANY (?) OR cardinality(?) = 0)
             ORDER BY relation NULLS FIRST
            """;

    /** None where nothing of it exists. {@code tables}: those that are there of these, every one of the schema if the list is empty. */
    public static List<MissingRight> missing(
            Session session, String schema, List<String> onSchema, List<String> tables, List<String> onTables) {
        String[] names = tables.toArray(String[]::new);
        return session
                .query(
                        MISSING,
                        Rights::missing,
                        onSchema.toArray(String[]::new),
                        schema,
                        onTables.toArray(String[]::new),
                        schema,
                        names,
                        names)
                .stream()
                .filter(right -> !right.rights().isEmpty())
                .toList();
    }

    private static MissingRight missing(ResultSet row) throws SQLException {
        String schema = row.getString("schema");
        String relation = row.getString("relation");
        return new MissingRight(
                relation == null ? "SCHEMA " + Sql.identifier(schema) : "TABLE " + new TableName(schema, relation),
                RowArray.texts(row, "missing"));
    }
}
