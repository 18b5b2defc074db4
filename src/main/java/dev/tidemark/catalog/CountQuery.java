package dev.tidemark.catalog;

import dev.tidemark.schema.Counted;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;

/** How many rows of a table lie before a moment. */
final class CountQuery {
    /** As long as a person waits for a plan: a hundred million rows by an index, some ten million without one. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Values of the histogram are at equal distances in rows, so their share is the rows'. */
    private static final String ESTIMATE =
            """
            SELECT (SELECT sum(greatest(c.reltuples, 0))::bigint FROM pg_class AS c
                     WHERE c.relkind = 'r'
                       AND (c.oid = %L::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree(%L::regclass))
                            OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass))) AS rows,
                   (SELECT avg(CASE WHEN %s THEN 1.0 ELSE 0.0 END)
                      FROM (SELECT unnest(s.histogram_bounds::text::%s[]) AS %I
                              FROM (SELECT * FROM pg_stats WHERE schemaname = %L AND tablename = %L AND attname = %L ORDER BY inherited DESC LIMIT 1) AS s) AS b) AS share""";

    private CountQuery() {}

    /**
     * Counted, or estimated where that takes too long.
     *
     * @param before the condition on {@code b}
     * @param type the type of the column
     */
    static Counted read(Session session, TableName table, String column, String type, Sql before) {
        long start = System.nanoTime();
        try {
            return Snapshot.read(session, () -> {
                session.execute("SET LOCAL max_parallel_workers_per_gather TO DEFAULT; SET LOCAL statement_timeout = "
                        + PATIENCE.toMillis());
                return session.first(
                                Sql.of(
                                                "SELECT count(*) AS rows, count(*) FILTER (WHERE %s) AS matching FROM %I AS b",
                                                before, table)
                                        .text(),
                                row -> new Counted(row.getLong("rows"), row.getLong("matching"), true, since(start)))
                        .orElseThrow();
            });
        } catch (DatabaseException e) {
            if (!e.sqlState().equals(SqlState.QUERY_CANCELED)) {
                throw e;
            }
            return estimate(session, table, column, type, before, start);
        }
    }

    private static Counted estimate(
            Session session, TableName table, String column, String type, Sql before, long start) {
        String name = table.quoted();
        Sql query =
                Sql.of(ESTIMATE, name, name, name, before, new Sql(type), column, table.schema(), table.name(), column);
        return Snapshot.read(session, () -> session.first(
                        query.text(),
                        row -> new Counted(
                                row.getLong("rows"),
                                Math.round(row.getLong("rows") * row.getDouble("share")),
                                false,
                                since(start)))
                .orElseThrow());
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
