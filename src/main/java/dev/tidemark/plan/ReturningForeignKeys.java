package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Foreign keys that point to a table whose rows return to it. A key itself would find only the rows that are home, so generated triggers stand for it, which look
 * into the parts too and lock the parent's row as it would. Only a DELETE under REPEATABLE READ does not see a reference that was committed since it began.
 */
final class ReturningForeignKeys {
    private final ForeignKeys keys;
    private final ForeignKeySubstitute substitute;
    private final Sql substitutes;

    /**
     * Of some tables.
     *
     * @param substitute finds rows of the table and of its inheritance children
     * @param substitutes where the journal keeps those that are there
     */
    ReturningForeignKeys(ForeignKeys keys, ForeignKeySubstitute substitute, Sql substitutes) {
        this.keys = keys;
        this.substitute = substitute;
        this.substitutes = substitutes;
    }

    /** Puts the triggers in, before the parts become children of the table, which get those that hang on its rows. */
    List<Sql> watch() {
        return keys.cut().stream()
                .map(key -> Sql.of(
                        """
                        DO $key$
                        BEGIN
                            -- Its table may have gone since the cutover, and the key with it.
                            IF to_regclass(%L) IS NOT NULL THEN
                        %s
                            END IF;
                        END
                        $key$""",
                        key.child().quoted(), Sql.executed(substitute.create(key))))
                .toList();
    }

    /** When every row is home: the keys come back in their place, in one transaction each. Nothing is read; what came meanwhile was checked. */
    List<Sql> restore() {
        return keys.cut().stream().map(this::restore).toList();
    }

    private Sql restore(ForeignKey key) {
        return Sql.of(
                """
                DO $key$
                BEGIN
                    IF NOT EXISTS (SELECT FROM %s WHERE child = %L AND name = %L) THEN
                        RETURN;
                    END IF;
                    IF to_regclass(%L) IS NOT NULL THEN
                        LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;
                    END IF;
                %s
                END
                $key$""",
                substitutes,
                key.child().quoted(),
                key.name(),
                key.child().quoted(),
                key.isSelfReference() ? Sql.of("%I", key.child()) : Sql.of("%I, %I", key.child(), key.parent()),
                Sql.of(
                        "%s\n%s",
                        Sql.executed(substitute.drop(key)),
                        Sql.executed(List.of(ForeignKeys.restoreUnvalidated(key)))));
    }
}
