package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one table follow another: takes keys out of the log, and gives each row of them in {@code to} the state that it has in {@code from}.
 *
 * <p>One statement, so one snapshot, takes the keys and reads the rows. A batch may end in the middle of a transaction of the application, and a
 * unique value may then be in two places at once; where that is refused, everything there is goes in one batch, which is as consistent as the
 * table itself.
 */
final class Replay {
    /** Keys of a batch: some hundred milliseconds. */
    private static final int BATCH = 2_000;
    /** So many are left for the window: some ten milliseconds. */
    private static final int LEFT = 200;

    private final CopySubject subject;
    private final TableName from;
    private final TableName to;
    private final Capture capture;

    Replay(CopySubject subject, TableName from, TableName to, Capture capture) {
        this.subject = subject;
        this.from = from;
        this.to = to;
        this.capture = capture;
    }

    /** Batch after batch, each committed, until little is left. */
    Sql catchUp() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                %s
                BEGIN
                    LOOP
                %s
                        COMMIT;
                        EXIT WHEN (SELECT count(*) FROM (SELECT FROM %I LIMIT %s) AS l) < %s;
                    END LOOP;
                END
                $tidemark$""",
                variables(), batch(BATCH), capture.log(), LEFT, LEFT);
    }

    /** Everything there is; for when nobody writes any more. */
    Sql all() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                %s
                BEGIN
                %s
                END
                $tidemark$""",
                variables(), batch(null));
    }

    private Sql variables() {
        return new Sql(
                """
                    columns text;
                    sources text;
                    changed record;
                    statement text;""");
    }

    private Sql batch(@Nullable Integer limit) {
        return Sql.of(
                """
                        FOR changed IN
                            SELECT coalesce(f.attname, t.attname) AS name
                              FROM (SELECT * FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND NOT attisdropped) AS f
                              FULL JOIN (SELECT * FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND NOT attisdropped) AS t USING (attname)
                             WHERE (f.atttypid, f.atttypmod, f.attcollation, f.attgenerated) IS DISTINCT FROM (t.atttypid, t.atttypmod, t.attcollation, t.attgenerated)
                        LOOP
                            RAISE EXCEPTION 'column %%.%% has changed since the copy was begun', %L, quote_ident(changed.name)
                                USING ERRCODE = 'TM410', HINT = 'Change it back, or take the conversion back and begin it again.';
                        END LOOP;
                        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg('s.' || quote_ident(attname), ', ' ORDER BY attnum)
                          INTO STRICT columns, sources
                          FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
                        -- Every key is looked up by an index: with a log that grew since it was last analyzed the planner might read a whole table.
                        PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true);
                        IF EXISTS (SELECT FROM %I WHERE what = 'T') THEN
                            -- What is there now was written since: all of it is in the log too, or copied here.
                            TRUNCATE %I;
                            EXECUTE format('WITH gone AS (DELETE FROM %%s RETURNING 1) INSERT INTO %%s (%%s) OVERRIDING SYSTEM VALUE SELECT %%3$s FROM %%4$s WHERE (SELECT count(*) FROM gone) >= 0', %L, %L, columns, %L);
                %s
                        END IF;""",
                from.quoted(),
                to.quoted(),
                from.quoted(),
                from.quoted(),
                capture.log(),
                to,
                capture.log().quoted(),
                to.quoted(),
                from.quoted(),
                subject.offline() ? new Sql("") : byKey(limit));
    }

    private Sql byKey(@Nullable Integer limit) {
        return Sql.of(
                """
                        ELSE
                            statement := format(%L, columns, sources);
                            BEGIN
                                EXECUTE statement USING %s;
                            EXCEPTION WHEN unique_violation OR exclusion_violation THEN
                                EXECUTE statement USING NULL::bigint;
                            END;""",
                statement(), new Sql(limit == null ? "NULL::bigint" : limit + "::bigint"));
    }

    /** A {@code format()} template; takes the columns, once bare and once as {@code s.column}. */
    private String statement() {
        List<String> captured = subject.captured();
        List<String> key = subject.key();
        Sql all = names(captured.size(), i -> new Sql(Capture.column(i)));
        Sql keys = names(key.size(), i -> new Sql(Capture.column(i)));
        Sql statement = Sql.of(
                """
                WITH taken AS (
                    DELETE FROM %I WHERE ctid IN (SELECT ctid FROM %I WHERE what IS NULL LIMIT $1) AND NOT EXISTS (SELECT FROM %I WHERE what = 'T')
                    RETURNING %s),
                keys AS MATERIALIZED (SELECT DISTINCT %s FROM taken),
                gone AS (DELETE FROM %I AS t USING keys AS k WHERE %s RETURNING 1)
                INSERT INTO %I (:columns:) OVERRIDING SYSTEM VALUE
                SELECT :values: FROM (SELECT DISTINCT %s FROM keys) AS k JOIN %I AS s ON %s
                 WHERE (SELECT count(*) FROM gone) >= 0""",
                capture.log(),
                capture.log(),
                capture.log(),
                all,
                all,
                to,
                equal(captured, "t"),
                to,
                keys,
                from,
                equal(key, "s"));
        return statement.text().replace("%", "%%").replace(":columns:", "%1$s").replace(":values:", "%2$s");
    }

    private static Sql names(int count, IntFunction<Sql> name) {
        return Sql.join(", ", IntStream.range(0, count).mapToObj(name).toList());
    }

    private static Sql equal(List<String> columns, String alias) {
        return Sql.join(
                " AND ",
                IntStream.range(0, columns.size())
                        .mapToObj(i -> Sql.of("%s.%I = k.%I", new Sql(alias), columns.get(i), Capture.column(i)))
                        .toList());
    }
}
