package dev.tidemark.catalog;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Grant;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Live columns. */
final class ColumnsQuery {
    private ColumnsQuery() {}

    private static final String COLUMNS =
            """
            SELECT a.attname::text        AS name,
                   a.attnum::int          AS number,
                   format_type(a.atttypid, a.atttypmod) AS type,
                   CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                        THEN format('%I.%I', cn.nspname, co.collname) END AS collation,
                   a.attnotnull           AS "notNull",
                   CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END  AS "defaultValue",
                   CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
                   a.attidentity::text    AS identity,
                   a.attstorage::text     AS storage,
                   a.attcompression::text AS compression,
                   coalesce(a.attstattarget, -1)::int AS "statisticsTarget",
                   ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o LIKE 'n\\_distinct%') AS options,
                   col_description(a.attrelid, a.attnum) AS comment,
                   coalesce(e.typsend, t.typsend) <> 0 AS "binaryOutput"
              FROM pg_attribute a
              JOIN pg_type t              ON t.oid = a.atttypid
              LEFT JOIN pg_type e         ON e.oid = t.typelem AND t.typcategory = 'A'
              LEFT JOIN pg_collation co   ON co.oid = a.attcollation
              LEFT JOIN pg_namespace cn   ON cn.oid = co.collnamespace
              LEFT JOIN pg_attrdef d      ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = ?
               AND a.attnum > 0
               AND NOT a.attisdropped
             ORDER BY a.attnum
            """;

    /** In order of their numbers. {@code grants}: those on single columns, by column. */
    static List<Column> read(Session session, long table, Map<String, List<Grant>> grants) {
        return session.query(
                COLUMNS,
                row -> new Column(
                        row.getString("name"),
                        row.getInt("number"),
                        row.getString("type"),
                        row.getString("collation"),
                        row.getBoolean("notNull"),
                        definition(row.getString("defaultValue")),
                        definition(row.getString("generated")),
                        row.getString("identity"),
                        row.getString("storage"),
                        row.getString("compression"),
                        row.getInt("statisticsTarget"),
                        RowArray.texts(row, "options"),
                        row.getString("comment"),
                        grants.getOrDefault(row.getString("name"), List.of()),
                        row.getBoolean("binaryOutput")),
                table);
    }

    private static Optional<Definition> definition(@Nullable String text) {
        return Optional.ofNullable(text).map(Definition::new);
    }
}
