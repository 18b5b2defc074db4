package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The whole definition of one table.
 *
 * @param name its name
 * @param oid its object id, which survives renaming
 * @param kind what the name stands for; everything else is empty unless it is a table or a partitioned table
 * @param owner the role that owns it
 * @param persistence permanent, unlogged or temporary
 * @param layout how its rows are stored
 * @param columns its live columns in order
 * @param attributeCount how many attribute numbers are taken, dropped columns included
 * @param indexes all indexes, those behind constraints too
 * @param constraints primary key, unique, exclusion and CHECK constraints
 * @param foreignKeys foreign keys from this table to others
 * @param referencedBy foreign keys from other tables, or from this one, to this table
 * @param triggers user triggers
 * @param rules rules other than a view's
 * @param security row-level security with its policies
 * @param grants privileges on the table; empty where it has only its owner's defaults
 * @param comment the table's comment
 * @param replicaIdentity what logical replication identifies rows by
 * @param publications publications that list the table
 * @param sequences sequences that columns of the table own
 * @param statistics extended statistics objects
 * @param options reloptions, {@code toast.} ones included
 * @param tablespace its tablespace, if not the database's default
 * @param dependents views, materialized views and functions whose definition refers to it
 * @param inheritanceParents plain inheritance parents, or the table that it is a partition of
 * @param inheritanceChildren plain inheritance children (neither partitions nor chunks)
 * @param ofType the composite type of a typed table
 * @param size what it occupies
 */
public record Table(
        TableName name,
        long oid,
        RelationKind kind,
        String owner,
        Persistence persistence,
        Layout layout,
        List<Column> columns,
        int attributeCount,
        List<Index> indexes,
        List<Constraint> constraints,
        List<ForeignKey> foreignKeys,
        List<ForeignKey> referencedBy,
        List<Trigger> triggers,
        List<String> rules,
        RowSecurity security,
        List<Grant> grants,
        @Nullable String comment,
        ReplicaIdentity replicaIdentity,
        List<Publication> publications,
        List<OwnedSequence> sequences,
        List<StatisticsObject> statistics,
        List<String> options,
        @Nullable String tablespace,
        List<Dependent> dependents,
        List<TableName> inheritanceParents,
        List<TableName> inheritanceChildren,
        @Nullable Definition ofType,
        Size size) {

    public Table {
        columns = List.copyOf(columns);
        indexes = List.copyOf(indexes);
        constraints = List.copyOf(constraints);
        foreignKeys = List.copyOf(foreignKeys);
        referencedBy = List.copyOf(referencedBy);
        triggers = List.copyOf(triggers);
        rules = List.copyOf(rules);
        grants = List.copyOf(grants);
        publications = List.copyOf(publications);
        sequences = List.copyOf(sequences);
        statistics = List.copyOf(statistics);
        options = List.copyOf(options);
        dependents = List.copyOf(dependents);
        inheritanceParents = List.copyOf(inheritanceParents);
        inheritanceChildren = List.copyOf(inheritanceChildren);
    }

    /** The column of that exact name. */
    public Optional<Column> column(String columnName) {
        return columns.stream().filter(c -> c.name().equals(columnName)).findFirst();
    }

    /** Columns an INSERT can name: all but generated ones, in order. */
    public List<String> insertableColumns() {
        return columns.stream()
                .filter(c -> c.generated().isEmpty())
                .map(Column::name)
                .toList();
    }

    /** The constraint behind an index, if there is one. */
    public Optional<Constraint> constraintOf(Index index) {
        return constraints.stream()
                .filter(c -> c.name().equals(index.constraint()))
                .findFirst();
    }

    /** The same table with other indexes and constraints. */
    public Table with(List<Index> newIndexes, List<Constraint> newConstraints) {
        return redefined(name, columns, newIndexes, newConstraints);
    }

    /** The same table as if it had only those columns and indexes. */
    public Table limitedTo(List<Column> someColumns, List<Index> someIndexes) {
        return redefined(name, someColumns, someIndexes, constraints);
    }

    /** The same under the name of something that shows rows of it. */
    public Table named(TableName other) {
        return redefined(other, columns, indexes, constraints);
    }

    private Table redefined(
            TableName newName, List<Column> newColumns, List<Index> newIndexes, List<Constraint> newConstraints) {
        return new Table(
                newName,
                oid,
                kind,
                owner,
                persistence,
                layout,
                newColumns,
                attributeCount,
                newIndexes,
                newConstraints,
                foreignKeys,
                referencedBy,
                triggers,
                rules,
                security,
                grants,
                comment,
                replicaIdentity,
                publications,
                sequences,
                statistics,
                options,
                tablespace,
                dependents,
                inheritanceParents,
                inheritanceChildren,
                ofType,
                size);
    }

    /** The same definition with the storage of another one: of a partition, which has nothing else of its own. */
    public Table inPlaceOf(Table other) {
        return new Table(
                other.name,
                other.oid,
                other.kind,
                owner,
                other.persistence,
                other.layout,
                columns,
                attributeCount,
                indexes,
                constraints,
                foreignKeys,
                referencedBy,
                triggers,
                rules,
                security,
                grants,
                comment,
                replicaIdentity,
                publications,
                sequences,
                statistics,
                other.options,
                other.tablespace,
                dependents,
                inheritanceParents,
                inheritanceChildren,
                ofType,
                other.size);
    }
}
