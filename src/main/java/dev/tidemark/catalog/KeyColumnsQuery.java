package dev.tidemark.catalog;

import dev.tidemark.schema.ForeignKey.KeyColumn;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The pairs of columns of foreign keys, with the operators that compare them. */
final class KeyColumnsQuery {
    private record Row(long key, KeyColumn column) {}

    private KeyColumnsQuery() {}

    /**
     * Where an operator takes another type than the column's (varchar = varchar compares text), the column needs a cast; polymorphic operands (anyarray,
     * anyenum, record) take it as it is. Where collations differ, PostgreSQL compares with the parent's.
     */
    private static final String KEY_COLUMNS =
            """
            SELECT f.oid::bigint    AS key,
                   ca.attname::text AS child,
                   format_type(ca.atttypid, ca.atttypmod) AS "childType",
                   pa.attname::text AS parent,
                   format_type(pa.atttypid, pa.atttypmod) AS "parentType",
                   (SELECT format('OPERATOR(%I.%s)', n.nspname, x.oprname) FROM pg_namespace n WHERE n.oid = x.oprnamespace) AS "parentEqualsChild",
                   (SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
                     WHERE o.oid = f.conppeqop[k.place]) AS "parentEqualsParent",
                   (SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
                     WHERE o.oid = f.conffeqop[k.place]) AS "childEqualsChild",
                   CASE WHEN x.oprleft = pa.atttypid OR lt.typtype = 'p' THEN ''
                        ELSE '::' || format_type(x.oprleft, NULL) END AS "parentCast",
                   CASE WHEN x.oprright = ca.atttypid OR rt.typtype = 'p' THEN ''
                        ELSE '::' || format_type(x.oprright, NULL) END
                   || coalesce((SELECT format(' COLLATE %I.%I', n.nspname, l.collname)
                                  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
                                 WHERE l.oid = pa.attcollation AND pa.attcollation <> ca.attcollation), '') AS "childCast"
              FROM pg_constraint f
             CROSS JOIN LATERAL unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY k(child, parent, operator, place)
              JOIN pg_attribute ca ON ca.attrelid = f.conrelid  AND ca.attnum = k.child
              JOIN pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = k.parent
              JOIN pg_operator x   ON x.oid = k.operator
              JOIN pg_type lt      ON lt.oid = x.oprleft
              JOIN pg_type rt      ON rt.oid = x.oprright
             WHERE f.contype = 'f'
               AND f.conparentid = 0
               AND (f.conrelid = ? OR f.confrelid = ?)
             ORDER BY f.oid, k.place
            """;

    /** Those of every key from or to the table, by the key's oid. */
    static Map<Long, List<KeyColumn>> read(Session session, long table) {
        return session.query(KEY_COLUMNS, KeyColumnsQuery::row, table, table).stream()
                .collect(Collectors.groupingBy(Row::key, Collectors.mapping(Row::column, Collectors.toList())));
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getLong("key"),
                new KeyColumn(
                        row.getString("child"),
                        definition(row, "childType"),
                        row.getString("parent"),
                        definition(row, "parentType"),
                        definition(row, "parentEqualsChild"),
                        definition(row, "parentEqualsParent"),
                        definition(row, "childEqualsChild"),
                        definition(row, "parentCast"),
                        definition(row, "childCast")));
    }

    private static Definition definition(ResultSet row, String column) throws SQLException {
        return new Definition(row.getString(column));
    }
}
