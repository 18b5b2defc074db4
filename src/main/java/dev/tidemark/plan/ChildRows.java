package dev.tidemark.plan;

import dev.tidemark.plan.TriggerFunction.Trigger;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * The child's side of a deferrable foreign key: row by row, because PostgreSQL defers only such triggers. They bear the key's name, so that SET
 * CONSTRAINTS finds them.
 */
final class ChildRows {
    private ChildRows() {}

    /** @param lock what a look at the parent ends with, to keep its row; empty where that cannot be */
    static TriggerFunction function(ForeignKey key, KeySql sql, SubstituteNames names, Sql lock) {
        return new TriggerFunction(
                names.function("_c"),
                key.parentOwner(),
                key.childOwner(),
                body(key, sql, lock),
                List.of(new Trigger(
                        key.name(),
                        key.child(),
                        true,
                        Sql.of("AFTER INSERT OR UPDATE ON %I %s FOR EACH ROW", key.child(), deferrable(key)))),
                "checks INSERT and UPDATE of the child");
    }

    /** {@code DEFERRABLE INITIALLY …}. */
    static Sql deferrable(ForeignKey key) {
        return new Sql("DEFERRABLE INITIALLY " + (key.initiallyDeferred() ? "DEFERRED" : "IMMEDIATE"));
    }

    private static Sql body(ForeignKey key, KeySql sql, Sql lock) {
        List<Sql> values = sql.childColumns("NEW.");
        return Sql.of(
                """
                BEGIN
                    IF TG_OP = 'UPDATE' THEN
                        IF ROW(%s)::record OPERATOR(pg_catalog.*=) ROW(%s)::record THEN
                            RETURN NULL;
                        END IF;
                    END IF;
                    -- A deferred check may come when the row is gone again: only what is still there can be wrong.
                %s    IF %s THEN
                        RETURN NULL;
                    END IF;
                    IF NOT EXISTS (SELECT FROM %s AS p WHERE %s%s)
                       AND EXISTS (SELECT FROM %s AS c WHERE %s) THEN
                        %s
                    END IF;
                    RETURN NULL;
                END""",
                Sql.join(", ", sql.childColumns("OLD.")),
                Sql.join(", ", values),
                mixedCheck(key, sql, values),
                sql.anyNull(values),
                sql.parent(),
                sql.parentIs(values),
                lock,
                sql.child(),
                sql.childIsNew(),
                sql.refuseChild(values));
    }

    private static Sql mixedCheck(ForeignKey key, KeySql sql, List<Sql> values) {
        return key.matchFull()
                ? Sql.of(
                        """
                            IF %s
                               AND EXISTS (SELECT FROM %s AS c WHERE ROW(%s)::record OPERATOR(pg_catalog.*=) ROW(%s)::record) THEN
                                %s
                            END IF;
                        """,
                        sql.someNull(values),
                        sql.child(),
                        Sql.join(", ", sql.childColumns("c.")),
                        Sql.join(", ", values),
                        sql.refuseMixed())
                : new Sql("");
    }
}
