package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One table whose rows are copied into a new one, with everything the recipe decided about it beforehand.
 *
 * @param subject the table and what becomes of it
 * @param copy the name of the new table until the cutover
 * @param copyNames names that indexes of the new table have until then, by their final names
 * @param key columns of a key by which one row is told from another: not partial, without expressions, none NULL; empty where there is none and the rows
 *     are copied while writers wait
 * @param extendedKeys names of keys that the new table has with the time column besides
 * @param whole the table that the run is about: itself, or the one that it is a partition of
 * @param rest where the rows begin that are copied, and what shows the others; empty where all are
 */
record CopySubject(
        Subject subject,
        TableName copy,
        Map<String, String> copyNames,
        List<String> key,
        Set<String> extendedKeys,
        Optional<Rest> rest,
        TableName whole) {
    /** Begins the name of the log of changes since the cutover. */
    static final String WAY_BACK = "way_back";
    /** The kind of object that a copy is in the journal until the cutover, and what its purpose begins with. */
    private static final String COPY = "copy";

    private static final String COPY_OF = "the copy of ";
    /** Bytes that a row takes at least. */
    private static final double SMALLEST_ROW = 28;

    /** Of a table that is copied as a whole. */
    CopySubject(
            Subject subject,
            TableName copy,
            Map<String, String> copyNames,
            List<String> key,
            Set<String> extendedKeys,
            Optional<Rest> rest) {
        this(subject, copy, copyNames, key, extendedKeys, rest, subject.name());
    }

    CopySubject {
        copyNames = Map.copyOf(copyNames);
        key = List.copyOf(key);
        extendedKeys = Set.copyOf(extendedKeys);
    }

    /** The same without a range for a plain table: as a history partition it has the one that its boundary gives it. */
    CopySubject withoutRange() {
        return new CopySubject(subject.within(HistoryPartition.EVERYTHING), copy, copyNames, key, extendedKeys, rest);
    }

    /** How its native partitions are made. */
    Partitioning partitioning() {
        return subject.target().partitioning().orElse(Partitioning.DEFAULTS);
    }

    /** The key that rows are told apart by: the primary key, else the first that will do; empty where there is none. */
    static Optional<List<String>> keyOf(Table table) {
        return Stream.concat(
                        table.indexes().stream().filter(Index::primary),
                        table.indexes().stream().filter(index -> !index.primary()))
                .filter(index -> tellsApart(table, index))
                .map(Index::keyColumns)
                .findFirst();
    }

    private static boolean tellsApart(Table table, Index index) {
        return index.unique()
                && index.valid()
                && !index.hasExpressions()
                && !index.definition().text().contains(" WHERE ")
                && !table.constraintOf(index)
                        .map(Constraint::definition)
                        .filter(d -> d.text().contains("DEFERRABLE"))
                        .isPresent()
                && index.keyColumns().stream().allMatch(c -> table.column(c)
                        .filter(column -> column.notNull())
                        .isPresent());
    }

    /** What keeps a key unique that was extended, if that is wanted. */
    Optional<KeyGuard> guard() {
        return partitioning().keyGuard()
                ? table().indexes().stream()
                        .filter(index -> index.primary() && extendedKeys.contains(index.name()))
                        .map(index -> new KeyGuard(subject, ExtendedKeys.former(index)))
                        .findFirst()
                : Optional.empty();
    }

    /** Where the rows begin that are copied; empty where all are. */
    Optional<Boundary> since() {
        return rest.map(Rest::boundary);
    }

    /** Ends a WHERE clause of the table: only rows that are copied. */
    Sql andTakenAlong(String alias) {
        return since().map(b -> Sql.of(" AND %s", b.notLeft(alias))).orElse(new Sql(""));
    }

    TableName name() {
        return subject.name();
    }

    TableName retired() {
        return subject.retired();
    }

    Table table() {
        return subject.table();
    }

    /** Whether nobody can follow its changes, so that it is copied while its writers wait. */
    boolean offline() {
        return key.isEmpty();
    }

    /**
     * About how many chunks or partitions the new table will have for the rows that are there, 1 or more; nothing where that is not known: of a big heap
     * without an index on time, of partitions by something else.
     */
    OptionalLong pieces() {
        double pieces = table().layout()
                .match(
                        h -> piecesOf(h.storage()),
                        p -> Stream.concat(p.leaves().stream(), p.defaults().stream())
                                .mapToDouble(this::piecesOf)
                                .sum(),
                        h -> h.timeColumn().equals(subject.timeColumnName())
                                ? h.chunks().stream()
                                        .mapToDouble(this::piecesOf)
                                        .sum()
                                : Double.NaN);
        double most = sinceBoundary((double) subject.timeType()
                .length(subject.chunkInterval(), subject.target().epoch()));
        if (Double.isNaN(pieces)) {
            return since().isPresent() ? OptionalLong.of((long) most) : OptionalLong.empty();
        }
        return OptionalLong.of(Math.max(1, (long) Math.min(pieces, most)));
    }

    /** Of the bounds where they are known, else of the rows that are there; NaN if neither is known. */
    private double piecesOf(Partition part) {
        double width = (double) subject.timeType()
                .length(subject.chunkInterval(), subject.target().epoch());
        Range range = part.range();
        if (part.empty()) {
            return 0;
        }
        if (part.byTime() && range.lower().isFinite() && range.upper().isFinite()) {
            return distance(range.lower(), range.upper()) / width;
        }
        // What the statistics say may be older than the rows.
        double rows = Math.max(
                (double) part.span().map(Partition.Span::rows).orElse(0L),
                (double) part.size().heapBytes() / SMALLEST_ROW);
        return part.span()
                .map(span -> Math.min(rows, distance(span.lowest(), span.highest()) / width + 1))
                .orElse(Double.NaN);
    }

    /** Without an overflow between the ends of time. */
    private static double distance(Bound from, Bound to) {
        return (double) to.position() - (double) from.position();
    }

    /** At most so many of them begin since the boundary. */
    private double sinceBoundary(double width) {
        return since().map(b -> (double) subject.target()
                                        .partitioning()
                                        .flatMap(Partitioning::copySince)
                                        .map(i -> subject.timeType()
                                                .length(i, subject.target().epoch()))
                                        .orElse(Long.MAX_VALUE)
                                / width
                        + 2)
                .orElse(Double.MAX_VALUE);
    }

    /** What is written down of a row that changes: its key, and its time, so that the piece it lies in is found without a search. */
    List<String> captured() {
        return offline()
                ? List.of()
                : Stream.concat(key.stream(), Stream.of(subject.timeColumnName()))
                        .distinct()
                        .toList();
    }

    /** The name that an index has until the cutover. */
    String copyNameOf(String index) {
        String name = copyNames.get(index);
        if (name == null) {
            throw new IllegalStateException("no name for the copy of " + index);
        }
        return name;
    }

    /** Writes down, under the table's name, which one its copy is, and which partition is copied if not all; for a proof that is asked for meanwhile. */
    Sql remember() {
        Sql part = whole.equals(name())
                ? new Sql("")
                : Sql.of(", (%s, %L, %L, %L)", PieceRecord.RUN, Exchange.PART, name().quoted(), COPY_OF + whole);
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, %L)%s",
                subject.journalTable("object"), PieceRecord.RUN, COPY, copy.quoted(), COPY_OF + whole, part);
    }

    /** When it has the table's name, or is gone. */
    Sql forget() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND purpose = %L",
                subject.journalTable("object"), PieceRecord.RUN, COPY_OF + whole);
    }

    private TableName ours(String prefix) {
        return ours(subject.journal(), whole, prefix);
    }

    /** An object of ours in the journal's schema that belongs to a table, whatever its name is and however long. */
    static TableName ours(String journal, TableName table, String prefix) {
        return new TableName(
                journal, prefix + "_" + UUID.nameUUIDFromBytes(table.quoted().getBytes(StandardCharsets.UTF_8)));
    }

    /** What records the changes of the table that is copied. */
    Capture captureOfSource() {
        return new Capture(this, name(), ours(ChangeLogs.CAPTURE), true, since());
    }

    /** What records the changes of the new table after the cutover, for the way back. */
    Capture captureOfCopy() {
        return new Capture(this, whole, ours(WAY_BACK), false, Optional.empty());
    }

    /** The insertable columns, in order. */
    Sql columns() {
        return Sql.of("%I", table().insertableColumns());
    }

    /** The same of a row that has an alias. */
    Sql columns(String alias) {
        return Sql.join(
                ", ",
                table().insertableColumns().stream()
                        .map(c -> Sql.of("%s.%I", new Sql(alias), c))
                        .toList());
    }
}
