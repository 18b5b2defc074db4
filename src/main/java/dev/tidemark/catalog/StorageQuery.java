package dev.tidemark.catalog;

import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Size;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What {@code pg_class} and its neighbours say about many pieces of storage at once. */
final class StorageQuery {
    /**
     * One piece. {@code bound} is the expression of its partition bound; {@code boundColumn} the one column that it is about, null where the parent
     * is not partitioned by RANGE of a single column; {@code parentOid} 0 for a piece that hangs below nothing; {@code readable} whether this user sees all its rows.
     */
    record Storage(
            long oid,
            TableName name,
            long parentOid,
            @Nullable TableName parent,
            RelationKind kind,
            Persistence persistence,
            @Nullable String bound,
            @Nullable String boundColumn,
            int attributeCount,
            Map<String, Integer> attributeNumbers,
            List<String> foreignKeyNames,
            List<String> ownTriggers,
            boolean rowSecurity,
            String owner,
            @Nullable String tablespace,
            boolean hasInheritanceChildren,
            boolean readable,
            Size size) {}

    private StorageQuery() {}

    private static final String STORAGE =
            """
            SELECT c.oid::bigint           AS oid,
                   n.nspname::text         AS schema,
                   c.relname::text         AS name,
                   coalesce(parent.oid, 0)::bigint AS "parentOid",
                   pn.nspname::text        AS "parentSchema",
                   parent.relname::text    AS "parentName",
                   c.relkind::text         AS kind,
                   c.relpersistence::text  AS persistence,
                   pg_get_expr(c.relpartbound, c.oid) AS bound,
                   key.attname::text       AS "boundColumn",
                   c.relnatts::int         AS "attributeCount",
                   live.names AS "attributeNames",
                   live.numbers AS "attributeNumbers",
                   ARRAY(SELECT f.conname::text FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' ORDER BY 1) AS "foreignKeyNames",
                   ARRAY(SELECT t.tgname::text FROM pg_trigger t
                          WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgparentid = 0
                            AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = parent.oid AND o.tgname = t.tgname AND parent.relkind = 'r')
                          ORDER BY 1) AS "ownTriggers",
                   c.relrowsecurity        AS "rowSecurity",
                   pg_get_userbyid(c.relowner)::text AS owner,
                   ts.spcname::text        AS tablespace,
                   EXISTS (SELECT FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
                            WHERE i.inhparent = c.oid AND NOT k.relispartition) AS "hasInheritanceChildren",
                   has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid) AS readable,
                   greatest(c.reltuples, 0)::bigint AS rows,
                   coalesce(CASE WHEN c.relkind = 'r' THEN pg_relation_size(c.oid) END, 0) AS "heapBytes",
                   coalesce(CASE WHEN c.relkind = 'r' THEN pg_total_relation_size(c.oid) END, 0) AS "totalBytes"
              FROM pg_class c
              JOIN pg_namespace n             ON n.oid = c.relnamespace
             CROSS JOIN LATERAL (SELECT array_agg(a.attname::text) AS names, array_agg(a.attnum::int) AS numbers FROM pg_attribute a
                                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) live
              LEFT JOIN pg_tablespace ts      ON ts.oid = c.reltablespace
              LEFT JOIN LATERAL (SELECT min(i.inhparent) AS oid FROM pg_inherits i WHERE i.inhrelid = c.oid) h ON true
              LEFT JOIN pg_class parent       ON parent.oid = h.oid
              LEFT JOIN pg_namespace pn       ON pn.oid = parent.relnamespace
              LEFT JOIN pg_partitioned_table p ON p.partrelid = h.oid AND p.partstrat = 'r' AND p.partnatts = 1
              LEFT JOIN pg_attribute key      ON key.attrelid = h.oid AND key.attnum = p.partattrs[0] AND key.attnum > 0
             WHERE c.oid = ANY (?::bigint[]::oid[])
             ORDER BY n.nspname, c.relname
            """;

    static List<Storage> read(Session session, Collection<Long> relations) {
        return session.query(STORAGE, StorageQuery::storage, (Object) relations.toArray(Long[]::new));
    }

    private static Storage storage(ResultSet row) throws SQLException {
        String parentSchema = row.getString("parentSchema");
        return new Storage(
                row.getLong("oid"),
                new TableName(row.getString("schema"), row.getString("name")),
                row.getLong("parentOid"),
                parentSchema == null ? null : new TableName(parentSchema, row.getString("parentName")),
                RelationKind.of(row.getString("kind")),
                RelationQuery.persistence(row.getString("persistence")),
                row.getString("bound"),
                row.getString("boundColumn"),
                row.getInt("attributeCount"),
                attributeNumbers(row),
                RowArray.texts(row, "foreignKeyNames"),
                RowArray.texts(row, "ownTriggers"),
                row.getBoolean("rowSecurity"),
                row.getString("owner"),
                row.getString("tablespace"),
                row.getBoolean("hasInheritanceChildren"),
                row.getBoolean("readable"),
                new Size(row.getLong("rows"), row.getLong("heapBytes"), row.getLong("totalBytes")));
    }

    private static Map<String, Integer> attributeNumbers(ResultSet row) throws SQLException {
        List<String> names = RowArray.texts(row, "attributeNames");
        List<Integer> numbers = RowArray.numbers(row, "attributeNumbers");
        return IntStream.range(0, names.size()).boxed().collect(Collectors.toMap(names::get, numbers::get));
    }
}
