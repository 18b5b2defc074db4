package dev.tidemark.plan;

import dev.tidemark.plan.TriggerFunction.Trigger;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * TRUNCATE of the parent, refused in PostgreSQL's words while the child references it. Milder than a real key, which refuses it even where the child has
 * no rows; and TRUNCATE … CASCADE does not reach the child.
 */
final class Truncation {
    private Truncation() {}

    static TriggerFunction function(ForeignKey key, KeySql sql, SubstituteNames names) {
        return new TriggerFunction(
                names.function("_t"),
                key.childOwner(),
                key.parentOwner(),
                Sql.of(
                        """
                        BEGIN
                            IF EXISTS (SELECT FROM %s AS c WHERE %s) THEN
                                RAISE EXCEPTION USING ERRCODE = '0A000',
                                    MESSAGE = 'cannot truncate a table referenced in a foreign key constraint',
                                    DETAIL = %L,
                                    HINT = %L;
                            END IF;
                            RETURN NULL;
                        END""",
                        sql.child(),
                        sql.noneNull(sql.childColumns("c.")),
                        "Table \"" + key.child().name() + "\" references \""
                                + key.parent().name() + "\".",
                        "Truncate table \"" + key.child().name() + "\" at the same time."),
                List.of(new Trigger(
                        names.trigger("_t"),
                        key.parent(),
                        false,
                        Sql.of("AFTER TRUNCATE ON %I FOR EACH STATEMENT", key.parent()))),
                "checks TRUNCATE of the parent");
    }
}
