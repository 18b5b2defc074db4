package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The partition key of a table, and what hangs below it. */
final class PartitionTreeQuery {
    /** The key at the top. */
    record PartitionKey(String method, List<String> columns, boolean hasExpressions) {
        /** The one plain column, if it is partitioned by its RANGE. */
        Optional<String> timeColumn() {
            return method.equals("RANGE") && columns.size() == 1 && !hasExpressions
                    ? Optional.of(columns.get(0))
                    : Optional.empty();
        }
    }

    private PartitionTreeQuery() {}

    private static final String KEY =
            """
            SELECT CASE p.partstrat WHEN 'r' THEN 'RANGE' WHEN 'l' THEN 'LIST' ELSE 'HASH' END AS method,
                   ARRAY(SELECT a.attname::text
                           FROM unnest(p.partattrs::int2[]) WITH ORDINALITY k(number, place)
                           JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number AND k.number > 0
                          ORDER BY k.place) AS columns,
                   p.partexprs IS NOT NULL AS "hasExpressions"
              FROM pg_partitioned_table p
             WHERE p.partrelid = ?
            """;

    static PartitionKey key(Session session, long table) {
        return session.first(KEY, PartitionTreeQuery::key, table).orElseThrow();
    }

    private static PartitionKey key(ResultSet row) throws SQLException {
        return new PartitionKey(
                row.getString("method"), RowArray.texts(row, "columns"), row.getBoolean("hasExpressions"));
    }

    /** Not {@code pg_partition_tree}: that one locks every partition until the transaction ends. */
    private static final String PARTITIONS =
            """
            WITH RECURSIVE tree AS (
              SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = ?
              UNION ALL
              SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid)
            SELECT t.oid::bigint AS oid
              FROM tree t
              JOIN pg_class c ON c.oid = t.oid AND c.relispartition
            """;

    /** Partitions at any depth. */
    static List<Long> partitions(Session session, long table) {
        return session.query(PARTITIONS, row -> row.getLong("oid"), table);
    }

    private static final String CHILDREN =
            """
            SELECT i.inhrelid::bigint AS oid
              FROM pg_inherits i
             WHERE i.inhparent = ?
            """;

    /** Direct children: a hypertable's chunks. */
    static List<Long> children(Session session, long table) {
        return session.query(CHILDREN, row -> row.getLong("oid"), table);
    }
}
