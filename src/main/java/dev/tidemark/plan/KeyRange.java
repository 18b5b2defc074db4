package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Slices by key: any key that a btree can have, of one column or several. Bounds are arrays of texts. Never OFFSET: every range is found by its bounds.
 *
 * <p>A type whose comparison is not PostgreSQL's own, as citext, would under our search path be compared as another type is, or not at all. So a key
 * is cut by the columns that come before such a one; rows that these do not tell apart stay in one slice.
 */
final class KeyRange {
    private final Table table;
    private final List<Column> columns;
    /** Whether rows are told apart by them, not only by columns that come after. */
    private final boolean whole;

    /** @param key columns of a key, none of them NULL in any row */
    KeyRange(Table table, List<String> key) {
        this.table = table;
        this.columns = key.stream()
                .map(name -> table.column(name).orElseThrow())
                .takeWhile(column -> !column.type().contains("."))
                .toList();
        this.whole = columns.size() == key.size();
    }

    /** A condition: the row {@code alias} lies in the slice. */
    String condition(String alias) {
        return columns.isEmpty()
                ? "true"
                : Sql.of(
                                "(%s IS NULL OR (%s) >= (%s)) AND (%s IS NULL OR (%s) < (%s))",
                                SliceWork.LOWER,
                                values(alias),
                                bound(SliceWork.LOWER),
                                SliceWork.UPPER,
                                values(alias),
                                bound(SliceWork.UPPER))
                        .text();
    }

    /** Asks where a slice of so many rows ends, earlier where they have too many bytes; nothing where there are no more. */
    Optional<SliceWork> cut(TableName from) {
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        Sql byRows = next(from, new Sql("0"));
        SliceBytes bytes = new SliceBytes(table);
        return Optional.of(SliceWork.of(
                bytes.canBeMany()
                        ? Sql.of(
                                "SELECT CASE WHEN %s THEN (%s) ELSE (%s) END",
                                SliceBytes.muchToast(from), next(from, bytes.of("r")), byRows)
                        : byRows));
    }

    /**
     * The key of the row that so many rows come before, so many bytes at the most, if it differs from the first one's; where only a part of the key is
     * compared and so many rows are the same in it, the next that differs.
     */
    private Sql next(TableName from, Sql bytes) {
        Sql first = Sql.of(
                "SELECT %s FROM %I AS r WHERE %s ORDER BY %s LIMIT 1",
                values("r"), from, new Sql(condition("r")), values("r"));
        Sql differs = Sql.of(
                "SELECT ARRAY[%s]::text FROM %I AS r WHERE %s AND (%s) > (%s) ORDER BY %s LIMIT 1",
                texts("r"), from, new Sql(condition("r")), values("r"), first, values("r"));
        Sql told = Sql.of(
                """
                SELECT k.bound
                  FROM (SELECT ARRAY[%s]::text AS bound, row_number() OVER w AS n, rank() OVER w AS place, sum(o.bytes) OVER w AS total
                          FROM (SELECT %s, %s AS bytes FROM %I AS r WHERE %s ORDER BY %s LIMIT %s + 1) AS o
                        WINDOW w AS (ORDER BY %s ROWS UNBOUNDED PRECEDING)) AS k
                 WHERE k.place > 1 AND (k.n = %s + 1 OR k.total > %s)
                 ORDER BY k.n LIMIT 1""",
                texts("o"),
                values("r"),
                bytes,
                from,
                new Sql(condition("r")),
                values("r"),
                SliceWork.NUMBER,
                values("o"),
                SliceWork.NUMBER,
                SliceBytes.MOST);
        return whole
                ? told
                : Sql.of(
                        "SELECT coalesce((%s), (SELECT CASE WHEN count(*) > %s THEN (%s) END FROM (SELECT FROM %I AS r WHERE %s LIMIT %s + 1) AS m))",
                        told, SliceWork.NUMBER, differs, from, new Sql(condition("r")), SliceWork.NUMBER);
    }

    private Sql texts(String alias) {
        return Sql.join(
                ", ",
                columns.stream()
                        .map(c -> Sql.of("%s.%I::text", new Sql(alias), c.name()))
                        .toList());
    }

    private Sql values(String alias) {
        return Sql.join(
                ", ",
                columns.stream()
                        .map(c -> Sql.of("%s.%I", new Sql(alias), c.name()))
                        .toList());
    }

    private Sql bound(Sql text) {
        return Sql.join(
                ", ",
                IntStream.range(0, columns.size())
                        .mapToObj(i -> Sql.of(
                                "(%s::text[])[%s]::%s",
                                text, i + 1, new Sql(columns.get(i).type())))
                        .toList());
    }
}
