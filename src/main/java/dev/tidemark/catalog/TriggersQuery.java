package dev.tidemark.catalog;

import dev.tidemark.schema.Trigger;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.util.List;

/** User triggers; those that TimescaleDB puts on hypertables for itself are not. */
final class TriggersQuery {
    private TriggersQuery() {}

    private static final String TRIGGERS =
            """
            SELECT t.tgname::text      AS name,
                   pg_get_triggerdef(t.oid) AS definition,
                   (t.tgtype & 1) <> 0 AS row,
                   t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL AS "transitionTables",
                   t.tgenabled::text   AS enabled,
                   obj_description(t.oid, 'pg_trigger') AS comment
              FROM pg_trigger t
              JOIN pg_proc f      ON f.oid = t.tgfoid
              JOIN pg_namespace n ON n.oid = f.pronamespace
             WHERE t.tgrelid = ?
               AND NOT t.tgisinternal
               AND n.nspname NOT IN ('_timescaledb_functions', '_timescaledb_internal')
             ORDER BY t.tgname
            """;

    /** By name, the order in which PostgreSQL fires them. */
    static List<Trigger> read(Session session, long table) {
        return session.query(
                TRIGGERS,
                row -> new Trigger(
                        row.getString("name"),
                        new Definition(row.getString("definition")),
                        row.getBoolean("row"),
                        row.getBoolean("transitionTables"),
                        row.getString("enabled"),
                        row.getString("comment")),
                table);
    }
}
