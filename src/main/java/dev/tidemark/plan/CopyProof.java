package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Optional;

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

    /**
     * Rows meet the log by a hash of it. Where its statistics are from a moment when it was empty, the planner takes it for one row, and would compare each row of
     * the table with every entry of the same time. Until the transaction ends.
     */
    static final Sql JOINING = new Sql(
            "PERFORM pg_catalog.set_config('enable_mergejoin', 'off', true), pg_catalog.set_config('enable_nestloop', 'off', true)");

    static final String UNHARMED =
            "The application still uses the table itself, which is unharmed. Somebody wrote into the copy, or the storage is damaged.";
    private static final String DROPPED =
            " If chunks or partitions were dropped since the cutover, their rows are still in the retired table: delete them there, and go back again.";
    private final CopySubject subject;
    private final TableName from;
    private final TableName to;
    private final Capture capture;
    private final String remedy;
    private final KeyRange keys;

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
        this.keys = new KeyRange(subject.table(), subject.key());
    }

    /** By time where an index finds it, so that each side is read piece by piece; else by key. */
    Slices slices() {
        return timeIsIndexed()
                ? new Slices(Slices.Unit.POSITIONS, byTime(), work(timeRange()), cutTime())
                : new Slices(Slices.Unit.KEYS, byKey(), work(keys.condition("r")), keys.cut(from));
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
                   SET expected = (%s),
                       found = (%s)
                 WHERE number = %s""",
                subject.subject().journalTable("slice"), summary(from, range), summary(to, range), SliceWork.NUMBER));
    }

    private Sql summary(TableName side, String range) {
        return RowHash.summary(hash("r"), Sql.of("%I AS r WHERE %s AND %s", side, new Sql(range), settled()));
    }

    /** A query for count, xor and sum of one side of a slice. */
    Sql summary(TableName side) {
        return summary(side, range());
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
                          FROM (SELECT coalesce(%s, 0) AS low, coalesce(%s, 0) AS high FROM (SELECT min(%I) AS first, max(%I) AS final FROM %I AS s WHERE %s%s) AS b) AS x
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
                takenAlong("s"),
                width,
                RANGES);
    }

    private static Sql floored(TimeType type, String value, long width) {
        return Sql.of("%s / %s * %s", type.positionOf(new Sql(value)), width, width);
    }

    private String timeRange() {
        TimeType type = subject.subject().timeType();
        String column = Sql.of("r.%I", subject.subject().timeColumnName()).text();
        return Sql.of(
                        "(%s IS NULL OR %s >= %s) AND (%s IS NULL OR %s < %s)",
                        SliceWork.LOWER,
                        new Sql(column),
                        type.valueOfPosition(Sql.of("%s::bigint", SliceWork.LOWER)),
                        SliceWork.UPPER,
                        new Sql(column),
                        type.valueOfPosition(Sql.of("%s::bigint", SliceWork.UPPER)))
                .text();
    }

    /** Where a range ends so that it has not too many bytes. */
    private Optional<SliceWork> cutTime() {
        SliceBytes bytes = new SliceBytes(subject.table());
        if (!bytes.canBeMany()) {
            return Optional.empty();
        }
        Sql column = Sql.of("r.%I", subject.subject().timeColumnName());
        TimeType type = subject.subject().timeType();
        Sql rows = Sql.of(
                "%I AS r WHERE %s AND %s%s",
                from,
                new Sql(timeRange()),
                type.isInteger() ? new Sql("true") : Sql.of("isfinite(%s)", column),
                takenAlong("r"));
        return Optional.of(SliceWork.of(Sql.of(
                """
                SELECT CASE WHEN %s AND (SELECT sum(%s) FROM %s) > %s
                            THEN (SELECT min(n.position)
                                    FROM (SELECT o.position, sum(o.bytes) OVER w AS total, first_value(o.position) OVER w AS first
                                            FROM (SELECT %s AS position, %s AS bytes FROM %s) AS o
                                          WINDOW w AS (ORDER BY o.position)) AS n
                                   WHERE n.total > %s AND n.position > n.first)::text END""",
                SliceBytes.muchToast(from),
                bytes.of("r"),
                rows,
                SliceBytes.MOST,
                type.positionOf(column),
                bytes.of("r"),
                rows,
                SliceBytes.MOST)));
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

    /**
     * Compares the whole of both and writes the proof down, else raises TM500; for when nobody writes. Where somebody has written since, which the window
     * that follows finds as well, there is nothing to prove yet.
     */
    Sql atOnce(boolean back) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    expected text;
                    found text;
                    written boolean;
                BEGIN
                    SELECT (%s), (%s), EXISTS (SELECT FROM %I)
                      INTO expected, found, written;
                    IF written THEN
                        RETURN;
                    END IF;
                    IF expected <> found THEN
                        RAISE EXCEPTION 'proof failed: %% and its copy differ: %% expected, %% found', %L, expected, found USING ERRCODE = 'TM500', HINT = %L;
                    END IF;
                    INSERT INTO %s (run, kind, subject, before, after) VALUES (%s, %L, %L, expected, found)
                    ON CONFLICT (run, kind, subject) DO UPDATE SET before = excluded.before, after = excluded.after, at = clock_timestamp();
                END
                $tidemark$""",
                RowHash.summary(hash("r"), Sql.of("%I AS r", from)),
                RowHash.summary(hash("r"), Sql.of("%I AS r", to)),
                capture.log(),
                from.quoted(),
                UNHARMED,
                subject.subject().journalTable("proof"),
                PieceRecord.RUN,
                (back ? StorageProof.WAY_BACK : "") + KIND,
                subject.name().quoted());
    }

    /**
     * Judges what {@link #slices} found: writes the proof down where every range is equal, else raises TM500 with rows and columns that differ.
     *
     * @param step the id of the step that they belong to
     */
    Sql judge(String step, boolean back) {
        return new CopyVerdict(this, remedy + (back ? DROPPED : "")).judge(step, back);
    }

    /** Raises TM413 where nothing could be compared. */
    Sql requireRowsToCompare() {
        return capture.requireRowsToCompare();
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
        return timeIsIndexed() ? timeRange() : keys.condition("r");
    }

    /** A condition on {@code r}: both sides should have it, and no change of it is waiting. */
    Sql settled() {
        return Sql.of("%s%s", capture.unchangedAndToStay("r"), takenAlong("r"));
    }

    /** Ends a WHERE clause: rows that were copied. */
    Sql takenAlong(String alias) {
        return subject.since().map(b -> Sql.of(" AND %s", b.kept(alias))).orElse(new Sql(""));
    }
}
