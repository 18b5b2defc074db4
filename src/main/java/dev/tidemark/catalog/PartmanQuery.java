package dev.tidemark.catalog;

import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * How pg_partman 4 or 5 manages a table.
 *
 * <p>It knows tables by name alone. After a rename, its row under the old name cannot be told from the row of a table that never existed, so it is not
 * found here.
 */
final class PartmanQuery {
    private PartmanQuery() {}

    private static final String CONFIGURATION =
            """
            SELECT c.parent_table       AS "parentTable",
                   c.partition_interval::text AS interval,
                   c.premake            AS premake,
                   c.retention::text    AS retention,
                   c.retention_keep_table AS "keepsTable",
                   c.automatic_maintenance <> 'off' AS automatic,
                   c.datetime_string    AS "suffixFormat",
                   to_jsonb(c)::text    AS row,
                   (SELECT to_jsonb(s)::text FROM %I s WHERE s.sub_parent = c.parent_table) AS "subRow"
              FROM %I c
             WHERE c.parent_table = ?
            """;

    /** The row of the table's present name: schema, dot and name as stored, without quotes, whatever characters they hold. */
    static Optional<PartmanConfiguration> read(Session session, Extension partman, TableName table) {
        Sql query = Sql.of(
                CONFIGURATION,
                new TableName(partman.schema(), "part_config_sub"),
                new TableName(partman.schema(), "part_config"));
        return session.first(query.text(), PartmanQuery::configuration, table.schema() + "." + table.name());
    }

    private static PartmanConfiguration configuration(ResultSet row) throws SQLException {
        return new PartmanConfiguration(
                row.getString("parentTable"),
                row.getString("interval"),
                row.getInt("premake"),
                Optional.ofNullable(row.getString("retention")),
                row.getBoolean("keepsTable"),
                row.getBoolean("automatic"),
                Optional.ofNullable(row.getString("suffixFormat")),
                row.getString("row"),
                Optional.ofNullable(row.getString("subRow")));
    }
}
