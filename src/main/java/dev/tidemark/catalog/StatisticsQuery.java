package dev.tidemark.catalog;

import dev.tidemark.schema.StatisticsObject;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;

/** Extended statistics. */
final class StatisticsQuery {
    private StatisticsQuery() {}

    private static final String STATISTICS =
            """
            SELECT n.nspname::text AS schema,
                   s.stxname::text AS name,
                   pg_get_statisticsobjdef(s.oid) AS definition,
                   coalesce(s.stxstattarget, -1)::int AS target,
                   obj_description(s.oid, 'pg_statistic_ext') AS comment
              FROM pg_statistic_ext s
              JOIN pg_namespace n ON n.oid = s.stxnamespace
             WHERE s.stxrelid = ?
             ORDER BY 1, 2
            """;

    static List<StatisticsObject> read(Session session, long table) {
        return session.query(
                STATISTICS,
                row -> new StatisticsObject(
                        new TableName(row.getString("schema"), row.getString("name")),
                        new Definition(row.getString("definition")),
                        row.getInt("target"),
                        row.getString("comment")),
                table);
    }
}
