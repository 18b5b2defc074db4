package dev.tidemark.catalog;

import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.ReplicaIdentity;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What stands about a relation in {@code pg_class} itself. */
final class RelationQuery {
    /** The row. {@code partitionKey} is null unless the table is partitioned. */
    record Relation(
            TableName name,
            long oid,
            RelationKind kind,
            Persistence persistence,
            String owner,
            int attributeCount,
            boolean rowSecurity,
            boolean forcedRowSecurity,
            boolean rowSecurityApplies,
            ReplicaIdentity replicaIdentity,
            List<String> options,
            @Nullable String tablespace,
            @Nullable Definition ofType,
            @Nullable String comment,
            List<String> rules) {}

    private RelationQuery() {}

    private static final String RELATION =
            """
            SELECT c.oid::bigint          AS oid,
                   c.relkind::text        AS kind,
                   c.relpersistence::text AS persistence,
                   pg_get_userbyid(c.relowner)::text AS owner,
                   c.relnatts::int        AS "attributeCount",
                   c.relrowsecurity       AS "rowSecurity",
                   c.relforcerowsecurity  AS "forcedRowSecurity",
                   row_security_active(c.oid) AS "rowSecurityApplies",
                   c.relreplident::text   AS "replicaIdentity",
                   (SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                     WHERE i.indrelid = c.oid AND i.indisreplident) AS "replicaIndex",
                   c.reloptions || ARRAY(SELECT 'toast.' || o FROM unnest(toast.reloptions) o) AS options,
                   ts.spcname::text       AS tablespace,
                   CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "ofType",
                   obj_description(c.oid, 'pg_class') AS comment,
                   ARRAY(SELECT r.rulename::text FROM pg_rewrite r
                          WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN' ORDER BY 1) AS rules
              FROM pg_class c
              JOIN pg_namespace n           ON n.oid = c.relnamespace
              LEFT JOIN pg_class toast      ON toast.oid = c.reltoastrelid
              LEFT JOIN pg_tablespace ts    ON ts.oid = c.reltablespace
             WHERE n.nspname = ?::text
               AND c.relname = ?::text
            """;

    /** The relation of that name, whatever its kind. */
    static Optional<Relation> find(Session session, TableName name) {
        return session.first(RELATION, row -> relation(name, row), name.schema(), name.name());
    }

    private static Relation relation(TableName name, ResultSet row) throws SQLException {
        String ofType = row.getString("ofType");
        return new Relation(
                name,
                row.getLong("oid"),
                RelationKind.of(row.getString("kind")),
                persistence(row.getString("persistence")),
                row.getString("owner"),
                row.getInt("attributeCount"),
                row.getBoolean("rowSecurity"),
                row.getBoolean("forcedRowSecurity"),
                row.getBoolean("rowSecurityApplies"),
                new ReplicaIdentity(row.getString("replicaIdentity"), row.getString("replicaIndex")),
                RowArray.texts(row, "options"),
                row.getString("tablespace"),
                ofType == null ? null : new Definition(ofType),
                row.getString("comment"),
                RowArray.texts(row, "rules"));
    }

    /** The meaning of {@code pg_class.relpersistence}. */
    static Persistence persistence(String relpersistence) {
        return switch (relpersistence) {
            case "u" -> Persistence.UNLOGGED;
            case "t" -> Persistence.TEMPORARY;
            default -> Persistence.PERMANENT;
        };
    }
}
