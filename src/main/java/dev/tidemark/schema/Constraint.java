package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A primary key, unique, exclusion or CHECK constraint. Foreign keys are {@link ForeignKey}s.
 *
 * @param name its name
 * @param kind which of them it is
 * @param definition what stands after {@code ADD CONSTRAINT name}
 * @param columns the columns it is about, in order
 * @param validated whether every row is known to satisfy it
 * @param inherited whether it came from a partition parent
 * @param comment its comment
 */
public record Constraint(
        String name,
        Kind kind,
        Definition definition,
        List<String> columns,
        boolean validated,
        boolean inherited,
        @Nullable String comment) {

    /** The kinds, with the letters of {@code pg_constraint.contype}. */
    public enum Kind {
        PRIMARY_KEY("p"),
        UNIQUE("u"),
        EXCLUSION("x"),
        CHECK("c");

        private final String code;

        Kind(String code) {
            this.code = code;
        }

        /** The kind for PostgreSQL's letter. @throws IllegalArgumentException for a letter that is none of these. */
        public static Kind of(String contype) {
            for (Kind kind : values()) {
                if (kind.code.equals(contype)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("constraint type " + contype);
        }
    }

    public Constraint {
        columns = List.copyOf(columns);
    }

    /** Whether an index carries it. */
    public boolean hasIndex() {
        return kind != Kind.CHECK;
    }
}
