package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Proves, range by range and while the application writes, that two tables have the same rows: count, xor and sum of the exact row hash, each side read
 * from its own storage, both in one statement and so under one snapshot. Rows whose change waits in the log are left out on both sides: log and
 * change are visible together, so what remains must be equal at every moment.
 */
final class CopyProof {
    /** The kind of its row in the journal. */
    static final String KIND = "contents";
    /** Ranges at most, however far the oldest and the newest row are apart. */
    private static final int RANGES = 4_000;
    /** A usual row; where statistics are old, rows are rather thought too many than too few, because a range is cut only as often as it has rows. */
    private static final int ROW_BYTES = 100;

    static final String UNHARMED =
            "The application still uses the table itself, which is unharmed. Somebody wrote into the copy, or the storage is damaged.";
    private static final String DROPPED =
            " If chunks or partitions were dropped since the cutover, their rows are still in the retired table: delete them there, and go back again.";
    private final CopySubject subject;
    private final TableName from;
    private final TableName to;
    private final Capture capture;
    private final String remedy;

    /** @param from the side that counts; its changes are captured */
    CopyProof(CopySubject subject, TableName from, TableName to, Capture capture) {
        this(subject, from, to, capture, UNHARMED);
    }

    /** @param remedy what to do where it does not hold */
    CopyProof(CopySubject subject, TableName from, TableName to, Capture capture, String remedy) {
        this.subject = subject;
        this.from = from;
        this.to = to;
        this.capture = capture;
        this.remedy = remedy;
    }

    /** By time where an index finds it, so that each side is read piece by piece; else by key. */
    Slices slices() {
        return timeIsIndexed()
                ? new Slices(Slices.Unit.POSITIONS, byTime(), work(timeRange()), Optional.empty())
                : new Slices(Slices.Unit.KEYS, byKey(), work(keyRange()), Optional.of(SliceWork.of(nextKey())));
    }

    private boolean timeIsIndexed() {
        return subject.table().indexes().stream()
                .filter(Index::valid)
                .filter(index -> !index.definition().text().contains(" WHERE "))
                .anyMatch(index -> index.keyColumns().stream()
                        .findFirst()
                        .filter(subject.subject().timeColumnName()::equals)
                        .isPresent());
    }

    private SliceWork work(String range) {
        return SliceWork.of(Sql.of(
                """
                UPDATE %s
                   SET expected = (SELECT %s FROM (SELECT %s AS h FROM %I AS r WHERE %s AND %s) AS s),
                       found = (SELECT %s FROM (SELECT %s AS h FROM %I AS r WHERE %s AND %s) AS s)
                 WHERE number = %s""",
                subject.subject().journalTable("slice"),
                new Sql(RowHash.SUMMARY),
                hash("r"),
                from,
                new Sql(range),
                capture.unchangedAndToStay("r"),
                new Sql(RowHash.SUMMARY),
                hash("r"),
                to,
                new Sql(range),
                capture.unchangedAndToStay("r"),
                SliceWork.NUMBER));
    }

    /** The hash of a row, by the alias that it has. */
    Sql hash(String alias) {
        return RowHash.of(alias, subject.table().columns());
    }

    private Sql byTime() {
        TimeType type = subject.subject().timeType();
        long width = type.length(
                subject.subject().chunkInterval(), subject.subject().target().epoch());
        return Sql.of(
                """
                SELECT %L AS part, CASE WHEN g.n > 0 THEN (e.low + g.n * e.width)::text END AS lower,
                       CASE WHEN g.n < e.last THEN (e.low + (g.n + 1) * e.width)::text END AS upper, CASE WHEN g.n > 0 AND g.n < e.last THEN e.width ELSE 0 END AS weight
                  FROM (SELECT x.low, w.width, (x.high - x.low) / w.width AS last
                          FROM (SELECT coalesce(%s, 0) AS low, coalesce(%s, 0) AS high FROM (SELECT min(%I) AS first, max(%I) AS final FROM %I WHERE %s) AS b) AS x
                         CROSS JOIN LATERAL (SELECT greatest(%s, (x.high - x.low) / %s + 1) AS width) AS w) AS e
                 CROSS JOIN LATERAL generate_series(0, e.last) AS g(n)""",
                from.quoted(),
                floored(type, "b.first", width),
                type.positionOf(new Sql("b.final")),
                subject.subject().timeColumnName(),
                subject.subject().timeColumnName(),
                from,
                type.isInteger()
                        ? new Sql("true")
                        : Sql.of("isfinite(%I)", subject.subject().timeColumnName()),
                width,
                RANGES);
    }

    private static Sql floored(TimeType type, String value, long width) {
        return Sql.of("%s / %s * %s", type.positionOf(new Sql(value)), width, width);
    }

    private String timeRange() {
        TimeType type = subject.subject().timeType();
        String column = Sql.of("r.%I", subject.subject().timeColumnName()).text();
        Sql lower = type.textOfPosition(Sql.of("%s::bigint", SliceWork.LOWER));
        Sql upper = type.textOfPosition(Sql.of("%s::bigint", SliceWork.UPPER));
        return Sql.of(
                        "(%s IS NULL OR %s >= %s::%s) AND (%s IS NULL OR %s < %s::%s)",
                        SliceWork.LOWER,
                        new Sql(column),
                        lower,
                        type.cast(),
                        SliceWork.UPPER,
                        new Sql(column),
                        upper,
                        type.cast())
                .text();
    }

    private Sql byKey() {
        return Sql.of(
                """
                SELECT %L AS part, NULL::text AS lower, NULL::text AS upper,
                       greatest(sum(greatest(c.reltuples, pg_relation_size(c.oid) / %s)), 1)::bigint AS weight
                  FROM pg_class AS c
                 WHERE c.relkind = 'r'
                   AND (c.oid = %L::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree(%L::regclass)) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass))""",
                from.quoted(), ROW_BYTES, from.quoted(), from.quoted(), from.quoted());
    }

    private String keyRange() {
        return Sql.of(
                        "(%s IS NULL OR (%s) >= (%s)) AND (%s IS NULL OR (%s) < (%s))",
                        SliceWork.LOWER,
                        key("r"),
                        bound(SliceWork.LOWER),
                        SliceWork.UPPER,
                        key("r"),
                        bound(SliceWork.UPPER))
                .text();
    }

    /** The key of the row that so many rows come before, or nothing. */
    private Sql nextKey() {
        return Sql.of(
                """
                SELECT k.bound FROM (SELECT ARRAY[%s]::text AS bound, row_number() OVER (ORDER BY %s) AS n FROM %I AS r WHERE %s ORDER BY %s LIMIT %s + 1) AS k
                 WHERE k.n = %s + 1""",
                Sql.join(
                        ", ",
                        subject.key().stream().map(c -> Sql.of("r.%I::text", c)).toList()),
                key("r"),
                from,
                new Sql(keyRange()),
                key("r"),
                SliceWork.NUMBER,
                SliceWork.NUMBER);
    }

    private Sql key(String alias) {
        return Sql.join(
                ", ",
                subject.key().stream()
                        .map(c -> Sql.of("%s.%I", new Sql(alias), c))
                        .toList());
    }

    private Sql bound(Sql text) {
        List<String> key = subject.key();
        return Sql.join(
                ", ",
                IntStream.range(0, key.size())
                        .mapToObj(i -> Sql.of(
                                "(%s::text[])[%s]::%s",
                                text,
                                i + 1,
                                new Sql(subject.table()
                                        .column(key.get(i))
                                        .map(Column::type)
                                        .orElseThrow())))
                        .toList());
    }

    /**
     * Judges what {@link #slices} found: writes the proof down where every range is equal, else raises TM500 with rows and columns that differ.
     *
     * @param step the id of the step that they belong to
     */
    Sql judge(String step, boolean back) {
        return new CopyVerdict(this, remedy + (back ? DROPPED : "")).judge(step, back);
    }

    CopySubject subject() {
        return subject;
    }

    TableName from() {
        return from;
    }

    TableName to() {
        return to;
    }

    /** What measures both sides of a range again. */
    SliceWork work() {
        return work(range());
    }

    /** A condition on {@code r}: it lies in the slice. */
    String range() {
        return timeIsIndexed() ? timeRange() : keyRange();
    }

    /** A condition on {@code r}: no change of it is waiting. */
    Sql settled() {
        return capture.unchangedAndToStay("r");
    }
}
