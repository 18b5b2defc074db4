package dev.tidemark.journal;

import dev.tidemark.plan.ChangeLogs;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * A log of the changes of a table.
 *
 * @param table the table
 * @param bytes how large the log is, without its indexes
 * @param full whether it has reached its limit, so that nothing is recorded any more and the run cannot go on
 * @param wayBack whether it is kept for the way back; then it has no limit
 */
public record ChangeLog(TableName table, long bytes, boolean full, boolean wayBack) {

    static List<ChangeLog> of(Session asking, String schema, List<TableName> tables) {
        return tables.stream()
                .flatMap(table -> List.of(
                                of(asking, table, ChangeLogs.untilCutover(schema, table), false),
                                of(asking, table, ChangeLogs.sinceCutover(schema, table), true))
                        .stream()
                        .flatMap(List::stream))
                .toList();
    }

    private static List<ChangeLog> of(Session asking, TableName table, TableName log, boolean wayBack) {
        // It comes and goes, and what is not there cannot be named in a query; nor what one may not read.
        return asking.query(
                "SELECT pg_relation_size(l.oid) AS bytes, has_table_privilege(l.oid, 'SELECT') AS readable FROM to_regclass(?) AS l(oid) WHERE l.oid IS NOT NULL",
                row -> new ChangeLog(
                        table,
                        row.getLong("bytes"),
                        row.getBoolean("readable") && !wayBack && isFull(asking, log),
                        wayBack),
                log.quoted());
    }

    private static boolean isFull(Session asking, TableName log) {
        return asking.first(
                        Sql.of("SELECT EXISTS (SELECT FROM %I WHERE what = %L)", log, ChangeLogs.FULL)
                                .text(),
                        row -> row.getBoolean(1))
                .orElse(false);
    }
}
