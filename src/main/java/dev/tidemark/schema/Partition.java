package dev.tidemark.schema;

import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One piece of storage of a table: a partition, a chunk, or the heap of a plain table.
 *
 * @param name its name
 * @param oid its object id
 * @param parent the table it is a partition of; for a sub-partition that is another partition; for a detached table, its former parent
 * @param kind table, partitioned table or foreign table
 * @param persistence as of tables
 * @param isDefault whether it is the DEFAULT partition
 * @param byTime whether its parent is partitioned by RANGE of the time column alone, as chunks are; false for what hangs below nothing
 * @param range its bounds; unbounded for a DEFAULT partition, a heap, or bounds of several columns
 * @param attributeCount attribute numbers taken, dropped columns included
 * @param attributeNumbers live column name → attribute number
 * @param indexes its indexes, each with the parent's index it belongs to
 * @param constraints its own and inherited constraints
 * @param foreignKeyNames names of its foreign keys
 * @param ownTriggers names of row or statement triggers that it has by itself, not from its parent
 * @param rowSecurity whether row security is enabled on it
 * @param owner its owner
 * @param tablespace its tablespace, if not the database's default
 * @param hasInheritanceChildren whether plain inheritance children hang below it
 * @param empty whether it was proved to hold no row when it was read; a partitioned one holds none if no partition below it does
 * @param span lowest and highest value of the time column in it; read for DEFAULT partitions, plain tables and unbounded partitions only
 * @param size what it occupies
 */
public record Partition(
        TableName name,
        long oid,
        @Nullable TableName parent,
        RelationKind kind,
        Persistence persistence,
        boolean isDefault,
        boolean byTime,
        Range range,
        int attributeCount,
        Map<String, Integer> attributeNumbers,
        List<PartitionIndex> indexes,
        List<Constraint> constraints,
        List<String> foreignKeyNames,
        List<String> ownTriggers,
        boolean rowSecurity,
        String owner,
        @Nullable String tablespace,
        boolean hasInheritanceChildren,
        boolean empty,
        Optional<Span> span,
        Size size) {

    public Partition {
        attributeNumbers = Map.copyOf(attributeNumbers);
        indexes = List.copyOf(indexes);
        constraints = List.copyOf(constraints);
        foreignKeyNames = List.copyOf(foreignKeyNames);
        ownTriggers = List.copyOf(ownTriggers);
    }

    /**
     * An index of a partition.
     *
     * @param index the index itself
     * @param parentIndex the name of the parent's index it is attached to, if it is
     */
    public record PartitionIndex(Index index, @Nullable String parentIndex) {}

    /**
     * The values really present.
     *
     * @param lowest the smallest value
     * @param highest the greatest value
     * @param rows rows counted, NULLs in the time column included; the estimate for a big table that is no DEFAULT partition
     * @param nulls rows whose time column is NULL
     */
    public record Span(Bound lowest, Bound highest, long rows, long nulls) {}
}
