package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One foreign key, as declared at the top of its table (not its copies on partitions).
 *
 * @param name its name
 * @param child the referencing table
 * @param childIsPartitioned whether that one is partitioned
 * @param childIsHypertable whether that one is a hypertable
 * @param childOwner who owns it
 * @param parent the referenced table
 * @param parentOwner who owns that one
 * @param columns the pairs of columns, in the order of the key
 * @param onDelete what happens to the child when the parent's row goes
 * @param onUpdate what happens to the child when the parent's key changes
 * @param setColumns columns that SET NULL / SET DEFAULT on delete touches; empty for all
 * @param matchFull MATCH FULL instead of MATCH SIMPLE
 * @param deferrable whether its check can wait until commit
 * @param initiallyDeferred whether it waits by default
 * @param validated whether every existing row is known to satisfy it
 * @param definition what stands after {@code ADD CONSTRAINT name}
 * @param comment its comment
 */
public record ForeignKey(
        String name,
        TableName child,
        boolean childIsPartitioned,
        boolean childIsHypertable,
        String childOwner,
        TableName parent,
        String parentOwner,
        List<KeyColumn> columns,
        Action onDelete,
        Action onUpdate,
        List<String> setColumns,
        boolean matchFull,
        boolean deferrable,
        boolean initiallyDeferred,
        boolean validated,
        Definition definition,
        @Nullable String comment) {

    /** A referential action, with the letters of {@code pg_constraint.confdeltype}. */
    public enum Action {
        NO_ACTION("a"),
        RESTRICT("r"),
        CASCADE("c"),
        SET_NULL("n"),
        SET_DEFAULT("d");

        private final String code;

        Action(String code) {
            this.code = code;
        }

        /** The action for PostgreSQL's letter. @throws IllegalArgumentException for an unknown one. */
        public static Action of(String letter) {
            for (Action action : values()) {
                if (action.code.equals(letter)) {
                    return action;
                }
            }
            throw new IllegalArgumentException("referential action " + letter);
        }
    }

    /**
     * A referencing column and the one it references.
     *
     * @param child the referencing column
     * @param childType its type
     * @param parent the referenced column
     * @param parentType its type
     * @param parentEqualsChild the operator of the key, ready for SQL: {@code OPERATOR(pg_catalog.=)}
     * @param parentEqualsParent the operator that tells whether a parent's key has changed
     * @param childEqualsChild the operator that tells whether a child's key has changed
     * @param parentCast what must follow the parent's column for the operator: {@code ::text}, or nothing
     * @param childCast what must follow the child's: a cast, the parent's collation, both or nothing
     */
    public record KeyColumn(
            String child,
            Definition childType,
            String parent,
            Definition parentType,
            Definition parentEqualsChild,
            Definition parentEqualsParent,
            Definition childEqualsChild,
            Definition parentCast,
            Definition childCast) {}

    public ForeignKey {
        columns = List.copyOf(columns);
        setColumns = List.copyOf(setColumns);
    }

    /** The referencing columns in order. */
    public List<String> childColumns() {
        return columns.stream().map(KeyColumn::child).toList();
    }

    /** The referenced columns in the same order. */
    public List<String> parentColumns() {
        return columns.stream().map(KeyColumn::parent).toList();
    }

    /** The operators that compare parent with child, in the same order. */
    public List<Definition> operators() {
        return columns.stream().map(KeyColumn::parentEqualsChild).toList();
    }

    /** Whether child and parent are the same table. */
    public boolean isSelfReference() {
        return child.equals(parent);
    }
}
