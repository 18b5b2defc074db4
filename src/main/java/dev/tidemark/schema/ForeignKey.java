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
 * @param parent the referenced table
 * @param childColumns referencing columns in order
 * @param parentColumns referenced columns in the same order
 * @param operators {@code schema.operator} that compares parent with child column, in the same order, ready for SQL: {@code OPERATOR(pg_catalog.=)}
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
        TableName parent,
        List<String> childColumns,
        List<String> parentColumns,
        List<Definition> operators,
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

    public ForeignKey {
        childColumns = List.copyOf(childColumns);
        parentColumns = List.copyOf(parentColumns);
        operators = List.copyOf(operators);
        setColumns = List.copyOf(setColumns);
    }

    /** Whether child and parent are the same table. */
    public boolean isSelfReference() {
        return child.equals(parent);
    }
}
