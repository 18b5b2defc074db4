package dev.tidemark.plan;

import dev.tidemark.plan.TriggerFunction.Trigger;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The child's side of a foreign key that is not deferrable: one check for a whole INSERT, COPY, MERGE or UPDATE.
 *
 * <p>Of an UPDATE only keys are checked that more rows have than before (EXCEPT ALL): rows that dangle since {@code drop_chunks} can be updated, yet no
 * statement raises their number. The check is EXECUTEd, so that it is planned with the real number of rows and with constant bounds on the parent's
 * time column, without which it would visit every chunk.
 */
final class ChildStatements {
    private final ForeignKey key;
    private final KeySql sql;
    private final Optional<Integer> timePlace;
    private final Sql lock;

    /** @param lock what a look at the parent ends with, to keep its row; empty where that cannot be */
    ChildStatements(ForeignKey key, KeySql sql, Sql lock) {
        this.key = key;
        this.sql = sql;
        this.lock = lock;
        this.timePlace = sql.timePlace();
    }

    TriggerFunction function(SubstituteNames names) {
        return new TriggerFunction(
                names.function("_c"),
                key.parentOwner(),
                key.childOwner(),
                body(),
                List.of(
                        new Trigger(
                                names.trigger("_i"),
                                key.child(),
                                false,
                                Sql.of(
                                        "AFTER INSERT ON %I REFERENCING NEW TABLE AS newt FOR EACH STATEMENT",
                                        key.child())),
                        new Trigger(
                                names.trigger("_u"),
                                key.child(),
                                false,
                                Sql.of(
                                        "AFTER UPDATE ON %I REFERENCING OLD TABLE AS oldt NEW TABLE AS newt FOR EACH STATEMENT",
                                        key.child()))),
                "checks INSERT and UPDATE of the child");
    }

    private Sql body() {
        return Sql.of(
                """
                DECLARE
                    keys text := %L;
                    total bigint;
                    missing bigint;
                    bad record;%s
                BEGIN
                %s    IF TG_OP = 'UPDATE' THEN
                        -- Only keys that more rows have than before: rows that dangle already can be updated.
                        keys := keys || %L;
                        SELECT %s
                          FROM (%s EXCEPT ALL %s) AS n
                         WHERE %s;
                    ELSE
                        SELECT %s
                          FROM (%s) AS n
                         WHERE %s;
                    END IF;
                    IF total = 0 THEN
                        RETURN NULL;
                    END IF;
                    IF total = 1 AND TG_OP = 'INSERT' THEN
                        -- The usual insert: planned with constants, for one chunk.
                        SELECT n.* INTO bad FROM (%s) AS n WHERE %s;
                        PERFORM FROM %s AS p WHERE %s%s;
                        IF FOUND THEN
                            RETURN NULL;
                        END IF;
                    END IF;
                %s    EXECUTE %L || keys || %L
                       INTO missing%s;
                    IF missing = 0 THEN
                        RETURN NULL;
                    END IF;
                    EXECUTE %L || keys || %L
                       INTO bad%s;
                    %s
                END""",
                unqualified("newt").text(),
                variables(),
                mixedCheck(),
                " EXCEPT ALL " + unqualified("oldt").text(),
                counted(),
                qualified("newt"),
                qualified("oldt"),
                noneNull(),
                counted(),
                qualified("newt"),
                noneNull(),
                qualified("newt"),
                noneNull(),
                sql.parent(),
                sql.parentIs(sql.places("bad.")),
                lock,
                locked(),
                "SELECT count(*) FROM (",
                ") AS n WHERE " + withoutParent(),
                using(),
                "SELECT n.* FROM (SELECT *, row_number() OVER () AS o FROM (",
                ") AS k) AS n WHERE " + withoutParent() + " ORDER BY n.o LIMIT 1",
                using(),
                sql.refuseChild(sql.places("bad.")));
    }

    private Sql variables() {
        return timePlace
                .map(i -> key.columns().get(i).childType())
                .map(type -> Sql.of("\n    lo %s;\n    hi %s;", type, type))
                .orElse(new Sql(""));
    }

    private Sql mixedCheck() {
        return key.matchFull()
                ? Sql.of(
                        """
                            IF EXISTS (SELECT FROM (%s) AS n WHERE %s) THEN
                                %s
                            END IF;
                        """,
                        qualified("newt"), sql.someNull(sql.places("n.")), sql.refuseMixed())
                : new Sql("");
    }

    private Sql counted() {
        return timePlace
                .map(i -> sql.places("n.").get(i))
                .map(time -> Sql.of("count(*), min(%s), max(%s) INTO total, lo, hi", time, time))
                .orElse(new Sql("count(*) INTO total"));
    }

    private Sql using() {
        return new Sql(timePlace.isPresent() ? "\n      USING lo, hi" : "");
    }

    private Sql noneNull() {
        return sql.noneNull(sql.places("n."));
    }

    private Sql withoutParent() {
        return Sql.of(
                "%s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s%s)",
                noneNull(), sql.parent(), sql.parentIs(sql.places("n.")), bounds());
    }

    private Sql bounds() {
        return timePlace
                .map(i -> Sql.of("p.%I", key.columns().get(i).parent()))
                .map(time -> Sql.of(" AND %s >= $1 AND %s <= $2", time, time))
                .orElse(new Sql(""));
    }

    /** All of them first, so that none that is found to be there goes afterwards. */
    private Sql locked() {
        return lock.text().isEmpty()
                ? lock
                : Sql.of(
                        "    EXECUTE %L || keys || %L%s;\n",
                        "SELECT FROM (",
                        Sql.of(
                                        ") AS n JOIN %s AS p ON %s%s WHERE %s%s",
                                        sql.parent(), sql.parentIs(sql.places("n.")), bounds(), noneNull(), lock)
                                .text(),
                        using());
    }

    /** The keys of a transition table, for a place where the function's own variables could be taken for columns. */
    private Sql qualified(String transition) {
        return keys(transition, sql.childColumns(transition + "."));
    }

    /** The same for text that is EXECUTEd, where variables cannot be seen. */
    private Sql unqualified(String transition) {
        return keys(transition, sql.childColumns(""));
    }

    private Sql keys(String transition, List<Sql> columns) {
        List<Sql> places = sql.places("");
        return Sql.of(
                "SELECT %s FROM %s",
                Sql.join(
                        ", ",
                        IntStream.range(0, columns.size())
                                .mapToObj(i -> Sql.of("%s AS %s", columns.get(i), places.get(i)))
                                .toList()),
                new Sql(transition));
    }
}
