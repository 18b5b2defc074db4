package dev.tidemark.plan;

import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a table out of pg_partman's maintenance and puts it back.
 *
 * <p>The row is found by the name given at {@code create_parent} time; deleted by another name it would stay and make maintenance fail for the
 * whole database.
 */
final class PartmanManagement {
    private PartmanManagement() {}

    static List<Sql> stop(Extension partman, PartmanConfiguration configuration) {
        List<Sql> sql = new ArrayList<>();
        if (configuration.subRow().isPresent()) {
            sql.add(Sql.of(
                    "DELETE FROM %I WHERE sub_parent = %L",
                    table(partman, "part_config_sub"), configuration.parentTable()));
        }
        sql.add(Sql.of(
                "DELETE FROM %I WHERE parent_table = %L", table(partman, "part_config"), configuration.parentTable()));
        return sql;
    }

    static List<Sql> resume(Extension partman, PartmanConfiguration configuration) {
        List<Sql> sql = new ArrayList<>();
        sql.add(insert(table(partman, "part_config"), configuration.row()));
        configuration.subRow().ifPresent(row -> sql.add(insert(table(partman, "part_config_sub"), row)));
        return sql;
    }

    private static Sql insert(TableName table, String row) {
        return Sql.of("INSERT INTO %I SELECT (jsonb_populate_record(NULL::%I, %L::jsonb)).*", table, table, row);
    }

    private static TableName table(Extension partman, String name) {
        return new TableName(partman.schema(), name);
    }
}
