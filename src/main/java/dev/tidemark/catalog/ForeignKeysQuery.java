package dev.tidemark.catalog;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.KeyColumn;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Foreign keys from and to a table, as declared: without PostgreSQL's copies on partitions and TimescaleDB's on chunks. */
final class ForeignKeysQuery {
    private ForeignKeysQuery() {}

    /**
     * {@code confdelsetcols} is new in PostgreSQL 15; read through jsonb, the query is the same on 14. The first parameter: hypertables, whose chunks
     * carry copies that PostgreSQL does not know as such.
     */
    private static final String FOREIGN_KEYS =
            """
            SELECT f.oid::bigint      AS oid,
                   f.conname::text    AS name,
                   cn.nspname::text   AS "childSchema",
                   child.relname::text AS "childName",
                   child.relkind = 'p' AS "childIsPartitioned",
                   child.oid = ANY (hypertables.oids) AS "childIsHypertable",
                   pg_get_userbyid(child.relowner)::text AS "childOwner",
                   pn.nspname::text   AS "parentSchema",
                   parent.relname::text AS "parentName",
                   pg_get_userbyid(parent.relowner)::text AS "parentOwner",
                   f.confdeltype::text AS "onDelete",
                   f.confupdtype::text AS "onUpdate",
                   ARRAY(SELECT a.attname::text
                           FROM jsonb_array_elements_text(nullif(to_jsonb(f) -> 'confdelsetcols', 'null')) k(number)
                           JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number::int
                          ORDER BY a.attnum) AS "setColumns",
                   f.confmatchtype = 'f' AS "matchFull",
                   f.condeferrable    AS deferrable,
                   f.condeferred      AS "initiallyDeferred",
                   f.convalidated     AS validated,
                   pg_get_constraintdef(f.oid) AS definition,
                   obj_description(f.oid, 'pg_constraint') AS comment
              FROM (SELECT ?::bigint[]::oid[] AS oids) hypertables
             CROSS JOIN pg_constraint f
              JOIN pg_class child      ON child.oid = f.conrelid
              JOIN pg_namespace cn     ON cn.oid = child.relnamespace
              JOIN pg_class parent     ON parent.oid = f.confrelid
              JOIN pg_namespace pn     ON pn.oid = parent.relnamespace
             WHERE f.contype = 'f'
               AND f.conparentid = 0
            """;

    private static final String OF_CHILD = FOREIGN_KEYS + "AND f.conrelid = ? ORDER BY f.conname";

    private static final String OF_PARENT = FOREIGN_KEYS
            + """
               AND f.confrelid = ?
               AND NOT EXISTS (SELECT FROM pg_inherits h
                                WHERE h.inhrelid = f.conrelid AND h.inhparent = ANY (hypertables.oids))
             ORDER BY cn.nspname, child.relname, f.conname
            """;

    /** Those the table declares. */
    static List<ForeignKey> from(Session session, long table, Collection<Long> hypertables) {
        return read(session, OF_CHILD, table, hypertables);
    }

    /** Those that point at the table. */
    static List<ForeignKey> to(Session session, long table, Collection<Long> hypertables) {
        return read(session, OF_PARENT, table, hypertables);
    }

    private static List<ForeignKey> read(Session session, String query, long table, Collection<Long> hypertables) {
        Map<Long, List<KeyColumn>> columns = KeyColumnsQuery.read(session, table);
        return session.query(query, row -> foreignKey(row, columns), hypertables.toArray(Long[]::new), table);
    }

    private static ForeignKey foreignKey(ResultSet row, Map<Long, List<KeyColumn>> columns) throws SQLException {
        return new ForeignKey(
                row.getString("name"),
                new TableName(row.getString("childSchema"), row.getString("childName")),
                row.getBoolean("childIsPartitioned"),
                row.getBoolean("childIsHypertable"),
                row.getString("childOwner"),
                new TableName(row.getString("parentSchema"), row.getString("parentName")),
                row.getString("parentOwner"),
                columns.getOrDefault(row.getLong("oid"), List.of()),
                ForeignKey.Action.of(row.getString("onDelete")),
                ForeignKey.Action.of(row.getString("onUpdate")),
                RowArray.texts(row, "setColumns"),
                row.getBoolean("matchFull"),
                row.getBoolean("deferrable"),
                row.getBoolean("initiallyDeferred"),
                row.getBoolean("validated"),
                new Definition(row.getString("definition")),
                row.getString("comment"));
    }
}
