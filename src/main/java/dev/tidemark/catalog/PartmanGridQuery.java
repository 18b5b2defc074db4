package dev.tidemark.catalog;

import dev.tidemark.schema.Server.Extension;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The grid that pg_partman lays a table's partitions on. */
final class PartmanGridQuery {
    private PartmanGridQuery() {}

    /** Time zones in which partitions were probably made: UTC, this session's, those set for the database or a role, the server's own. */
    private static final String GRID =
            """
            SELECT c.datetime_string AS format,
                   t.typname::text   AS type,
                   CASE c.epoch WHEN 'seconds' THEN 1 WHEN 'milliseconds' THEN 1000 WHEN 'microseconds' THEN 1000000
                                WHEN 'nanoseconds' THEN 1000000000 ELSE 0 END::bigint AS "perSecond",
                   CASE WHEN c.datetime_string IS NULL THEN c.partition_interval::numeric::bigint ELSE 0 END AS width,
                   (extract(year FROM i.step) * 12 + extract(month FROM i.step))::int AS months,
                   extract(day FROM i.step)::int AS days,
                   (extract(epoch FROM i.step - date_trunc('day', i.step)))::bigint AS seconds,
                   ARRAY['UTC', (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone')]
                     || ARRAY(SELECT DISTINCT substr(o, 10) FROM pg_db_role_setting d, unnest(d.setconfig) o
                               WHERE lower(o) LIKE 'timezone=%%') || current_setting('log_timezone') AS zones
              FROM %I c
             CROSS JOIN LATERAL (SELECT CASE WHEN c.datetime_string IS NULL THEN interval '0'
                                             ELSE c.partition_interval::interval END AS step) i
              JOIN pg_attribute a ON a.attrelid = ? AND a.attname = c.control
              JOIN pg_type t      ON t.oid = a.atttypid
             WHERE c.parent_table = ?
            """;

    static Optional<PartmanGrid> read(Session session, Extension partman, long table, String parentTable) {
        Sql query = Sql.of(GRID, new TableName(partman.schema(), "part_config"));
        return session.first(query.text(), PartmanGridQuery::grid, table, parentTable);
    }

    private static PartmanGrid grid(ResultSet row) throws SQLException {
        return new PartmanGrid(
                Optional.ofNullable(row.getString("format")),
                row.getString("type"),
                row.getLong("perSecond"),
                row.getLong("width"),
                row.getInt("months"),
                row.getInt("days"),
                row.getLong("seconds"),
                RowArray.texts(row, "zones"));
    }
}
