package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/**
 * The CHECK that proves on which side of its boundary all of a table lies, and refuses nobody meanwhile.
 *
 * <p>A CHECK on {@code at < boundary} would make statements of the application fail from the moment it is there until the cutover. So it calls a function instead,
 * which lets every row pass and notes, by drawing a number from a sequence, that one lies beyond. PostgreSQL puts the body of the function in its place, so a
 * row that lies before the boundary costs one comparison. Validating the CHECK asks of every row that is there what writing asks of every new one; when nobody
 * can write any more and no number was drawn, what it would have refused is known not to be there. Then, and only then, the function becomes that
 * comparison, and attaching the table takes the CHECK for the proof that it is.
 *
 * <p>A number stays drawn where the row is taken back, which costs another attempt.
 */
final class BoundaryWatch {
    private static final String PREFIX = "beyond";

    private final CopySubject subject;
    /** The name of the function and of the sequence. */
    private final TableName name;

    private final Sql type;

    BoundaryWatch(CopySubject subject) {
        this.subject = subject;
        this.name = CopySubject.ours(subject.subject().journal(), subject.name(), PREFIX);
        this.type = subject.subject().timeType().cast();
    }

    /** Whether somebody must look at the table again: a row beyond the boundary was noted, or nobody watches. An expression. */
    Sql mustLook() {
        return Sql.of(
                "(to_regprocedure(%L) IS NULL OR pg_sequence_last_value(to_regclass(%L)) IS NOT NULL)",
                signature().text(), name.quoted());
    }

    /** Statements of a block with a variable {@code boundary}, its text: the CHECK, not validated. */
    Sql begin() {
        return Sql.of(
                """
                CREATE SEQUENCE %I;
                        GRANT USAGE ON SEQUENCE %I TO PUBLIC;
                        EXECUTE format('CREATE FUNCTION %%s RETURNS boolean LANGUAGE sql RETURN CASE WHEN $1 < %%L::%s THEN true ELSE nextval(%%L::regclass) IS NOT NULL END',
                            %L, boundary, %L);
                        GRANT EXECUTE ON FUNCTION %s TO PUBLIC;
                        COMMENT ON FUNCTION %s IS %L;
                        ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I(%I)) NOT VALID;""",
                name,
                name,
                type,
                signature().text(),
                name.quoted(),
                signature(),
                signature(),
                "Made by Tidemark: notes rows of " + subject.name()
                        + " beyond the boundary of its history partition, until the cutover.",
                subject.name(),
                ChunkStorage.BOUND,
                name,
                subject.subject().timeColumnName());
    }

    /** The same, when nobody can write and nothing was noted: from now on it says what it has proved. */
    Sql conclude() {
        return Sql.of(
                "EXECUTE format('CREATE OR REPLACE FUNCTION %%s RETURNS boolean LANGUAGE sql RETURN $1 IS NOT NULL AND $1 < %%L::%s', %L, boundary);",
                type, signature().text());
    }

    /** Statements of a block: nobody watches, after the CHECK has gone. */
    Sql end() {
        return Sql.of("DROP FUNCTION IF EXISTS %s;\n        DROP SEQUENCE IF EXISTS %I;", signature(), name);
    }

    private Sql signature() {
        return Sql.of("%I(%s)", name, type);
    }
}
