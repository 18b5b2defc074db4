package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One table on its way to a hypertable, with everything the recipe decided about it beforehand.
 *
 * @param table the table as it was read
 * @param target what is wanted of it
 * @param timeType the type of its time column
 * @param chunkInterval the width of new chunks
 * @param retired the name the old table gets; for a plain table the name of the chunk it becomes
 * @param retiredNames names that indexes, statistics objects and identity sequences of the old table get meanwhile, by their present names
 * @param lastUpper where the last chunk ends instead of at MAXVALUE, if a piece is unbounded: an unbounded chunk would never expire
 * @param heapRange for a plain table, the range of the one chunk it becomes
 * @param detachedIncluded whether tables that retention detached and kept become chunks too
 * @param journal the schema of the journal
 */
record Subject(
        Table table,
        ConversionTarget target,
        TimeType timeType,
        Interval chunkInterval,
        TableName retired,
        Map<String, String> retiredNames,
        Optional<Bound> lastUpper,
        Optional<Range> heapRange,
        boolean detachedIncluded,
        String journal) {

    Subject {
        retiredNames = Map.copyOf(retiredNames);
    }

    /** The same for another definition of the table. */
    Subject of(Table other) {
        return new Subject(
                other,
                target,
                timeType,
                chunkInterval,
                retired,
                retiredNames,
                lastUpper,
                heapRange,
                detachedIncluded,
                journal);
    }

    /** The same for a plain table that has another range. */
    Subject within(Range range) {
        return new Subject(
                table,
                target,
                timeType,
                chunkInterval,
                retired,
                retiredNames,
                lastUpper,
                Optional.of(range),
                detachedIncluded,
                journal);
    }

    /** The same for a table that has given its name to another one and has another name itself. */
    Subject retiredAs(TableName other) {
        return new Subject(
                table,
                target,
                timeType,
                chunkInterval,
                other,
                retiredNames,
                lastUpper,
                heapRange,
                detachedIncluded,
                journal);
    }

    /** A table of the journal. */
    Sql journalTable(String tableName) {
        return Sql.of("%I", new TableName(journal, tableName));
    }

    TableName name() {
        return table.name();
    }

    String timeColumnName() {
        return target.timeColumn();
    }

    Column timeColumn() {
        return table.column(target.timeColumn())
                .orElseThrow(
                        () -> new IllegalStateException("no column " + target.timeColumn() + " in " + table.name()));
    }

    boolean isHeap() {
        return table.layout().match(h -> true, p -> false, h -> false);
    }

    boolean isHypertable() {
        return table.layout().match(h -> false, p -> false, h -> true);
    }

    /** Whether tables that retention detached and kept become chunks too. */
    boolean includesDetached() {
        return detachedIncluded;
    }

    /** The bound itself, or where the last chunk ends instead of at MAXVALUE. */
    Bound finiteUpper(Bound upper) {
        return upper.isFinite() ? upper : lastUpper.orElse(upper);
    }

    /** The DEFAULT partitions; none for a plain table. */
    List<Partition> defaults() {
        return partitions().map(Layout.NativePartitions::defaults).orElse(List.of());
    }

    Optional<PartmanConfiguration> partman() {
        return partitions().flatMap(Layout.NativePartitions::partman);
    }

    Optional<Layout.NativePartitions> partitions() {
        return table.layout().match(h -> Optional.empty(), Optional::of, h -> Optional.empty());
    }

    /** The name that an index or a statistics object has while the table is retired. */
    String retiredNameOf(String name) {
        String retiredName = retiredNames.get(name);
        if (retiredName == null) {
            throw new IllegalStateException("no retired name for " + name);
        }
        return retiredName;
    }
}
