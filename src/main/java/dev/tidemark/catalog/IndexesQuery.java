package dev.tidemark.catalog;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Partition.PartitionIndex;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Indexes of many relations at once. */
final class IndexesQuery {
    private record RelationIndex(long relation, PartitionIndex index) {}

    private IndexesQuery() {}

    /** {@code head} is what PostgreSQL prints before USING; names in it can contain " USING " themselves. */
    private static final String INDEXES =
            """
            SELECT i.indrelid::bigint AS relation,
                   x.relname::text    AS name,
                   pg_get_indexdef(i.indexrelid) AS statement,
                   format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, x.relname,
                          CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, c.relname) AS head,
                   i.indisunique      AS unique,
                   i.indisprimary     AS primary,
                   i.indisvalid AND i.indisready AND i.indislive AS valid,
                   ARRAY(SELECT a.attname::text
                           FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
                          WHERE k.place <= i.indnkeyatts
                          ORDER BY k.place) AS "keyColumns",
                   i.indexprs IS NOT NULL AS "hasExpressions",
                   con.conname::text  AS constraint,
                   i.indisclustered   AS clustered,
                   i.indisreplident   AS "replicaIdentity",
                   ts.spcname::text   AS tablespace,
                   d.description      AS comment,
                   p.relname::text    AS "parentIndex"
              FROM pg_index i
              JOIN pg_class x               ON x.oid = i.indexrelid
              JOIN pg_class c               ON c.oid = i.indrelid
              JOIN pg_namespace n           ON n.oid = c.relnamespace
              LEFT JOIN pg_constraint con   ON con.conindid = x.oid AND con.conrelid = c.oid AND con.contype IN ('p', 'u', 'x')
              LEFT JOIN pg_tablespace ts    ON ts.oid = x.reltablespace
              LEFT JOIN pg_description d    ON d.objoid = x.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
              LEFT JOIN pg_inherits h       ON h.inhrelid = x.oid
              LEFT JOIN pg_class p          ON p.oid = h.inhparent
             WHERE i.indrelid = ANY (?::bigint[]::oid[])
             ORDER BY x.relname
            """;

    /** By relation, ordered by name. */
    static Map<Long, List<PartitionIndex>> read(Session session, Collection<Long> relations) {
        return session.query(INDEXES, IndexesQuery::index, (Object) relations.toArray(Long[]::new)).stream()
                .collect(Collectors.groupingBy(
                        RelationIndex::relation, Collectors.mapping(RelationIndex::index, Collectors.toList())));
    }

    private static RelationIndex index(ResultSet row) throws SQLException {
        String head = row.getString("head");
        String statement = row.getString("statement");
        if (!statement.startsWith(head)) {
            throw new IllegalStateException("index definition does not begin with " + head + ": " + statement);
        }
        Index index = new Index(
                row.getString("name"),
                new Definition(statement.substring(head.length())),
                row.getBoolean("unique"),
                row.getBoolean("primary"),
                row.getBoolean("valid"),
                RowArray.texts(row, "keyColumns"),
                row.getBoolean("hasExpressions"),
                row.getString("constraint"),
                row.getBoolean("clustered"),
                row.getBoolean("replicaIdentity"),
                row.getString("tablespace"),
                row.getString("comment"));
        return new RelationIndex(row.getLong("relation"), new PartitionIndex(index, row.getString("parentIndex")));
    }
}
