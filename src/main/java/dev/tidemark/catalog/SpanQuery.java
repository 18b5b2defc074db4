package dev.tidemark.catalog;

import dev.tidemark.catalog.StorageQuery.Storage;
import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Partition.PartitionIndex;
import dev.tidemark.schema.Partition.Span;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which values of the time column a table really holds. */
final class SpanQuery {
    /** Up to here a table is read from end to end: 256 MB, some seconds from a slow disk. */
    private static final long SMALL_BYTES = 256L << 20;
    /** NULLs are counted up to here where only an index is looked at. */
    private static final int NULLS_COUNTED = 100_000;

    private record TableSpan(long oid, @Nullable Span span) {}

    private SpanQuery() {}

    private static final String BY_SCAN =
            """
            SELECT %s::bigint AS oid, min(%I)::text AS lowest, max(%I)::text AS highest,
                   count(*) AS rows, count(*) - count(%I) AS nulls
              FROM ONLY %I
            """;

    private static final String BY_INDEX =
            """
            SELECT %s::bigint AS oid, (SELECT min(%I)::text FROM ONLY %I) AS lowest, (SELECT max(%I)::text FROM ONLY %I) AS highest,
                   %s::bigint AS rows, (SELECT count(*) FROM (SELECT FROM ONLY %I WHERE %I IS NULL LIMIT %s) AS found) AS nulls
            """;

    /**
     * By object id. DEFAULT partitions and small tables are counted; of a big table the ends come from an index that the column leads and the number of
     * rows is the estimate; without such an index nothing is said. 0 rows: proved to be empty. Rows that all have a NULL there span MINVALUE to MAXVALUE.
     */
    static Map<Long, Span> read(
            Session session, List<Storage> tables, Map<Long, List<PartitionIndex>> indexes, String timeColumn) {
        List<Sql> queries = new ArrayList<>();
        for (Storage table : tables) {
            query(table, indexes.getOrDefault(table.oid(), List.of()), timeColumn)
                    .ifPresent(queries::add);
        }
        Map<Long, Span> spans = new HashMap<>();
        for (TableSpan table : Snapshot.unionAll(session, queries, SpanQuery::span)) {
            if (table.span() != null) {
                spans.put(table.oid(), table.span());
            }
        }
        return spans;
    }

    private static Optional<Sql> query(Storage table, List<PartitionIndex> indexes, String column) {
        if (!table.attributeNumbers().containsKey(column)) {
            return Optional.empty();
        }
        if ("DEFAULT".equals(table.bound()) || table.size().heapBytes() <= SMALL_BYTES) {
            return Optional.of(Sql.of(BY_SCAN, table.oid(), column, column, column, table.name()));
        }
        if (indexes.stream().noneMatch(i -> isLedBy(i.index(), column))) {
            return Optional.empty();
        }
        return Optional.of(Sql.of(
                BY_INDEX,
                table.oid(),
                column,
                table.name(),
                column,
                table.name(),
                table.size().rows(),
                table.name(),
                column,
                NULLS_COUNTED));
    }

    /** Whether PostgreSQL can take the ends of the column from the index. */
    private static boolean isLedBy(Index index, String column) {
        return index.valid()
                && !index.hasExpressions()
                && index.keyColumns().get(0).equals(column)
                && index.definition().text().startsWith("USING btree ")
                && !index.definition().text().contains(" WHERE ");
    }

    private static TableSpan span(ResultSet row) throws SQLException {
        return new TableSpan(row.getLong("oid"), values(row));
    }

    private static @Nullable Span values(ResultSet row) throws SQLException {
        long rows = row.getLong("rows");
        long nulls = row.getLong("nulls");
        String lowest = row.getString("lowest");
        String highest = row.getString("highest");
        if (lowest == null || highest == null) {
            return new Span(Bound.MINVALUE, Bound.MAXVALUE, nulls, nulls);
        }
        Optional<Bound> from = Bounds.bound(lowest);
        Optional<Bound> to = Bounds.bound(highest);
        return from.isPresent() && to.isPresent()
                ? new Span(from.get(), to.get(), Math.max(rows, nulls + 1), nulls)
                : null;
    }
}
