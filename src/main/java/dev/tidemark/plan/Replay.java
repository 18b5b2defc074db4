package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
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
    /** So many are left for the window, some milliseconds; more only where they no longer become fewer, because as many come meanwhile. */
    private static final int LEFT = 50;

    private static final int LEFT_AT_MOST = 200;
    /** More of them are one: each is compared with the bounds of each chunk. */
    private static final int RANGES = 16;
    /** So many entries are picked before they are replayed, in 0.6 MB. */
    private static final int PICKED = 100_000;

    /** Stand in a statement for what is only known where it is replayed; nobody's names look like them. */
    private static final String COLUMNS = "\u0001columns\u0001";

    private static final String VALUES = "\u0001values\u0001";
    private static final String ON_FROM = "\u0001on_from\u0001";
    private static final String ON_TO = "\u0001on_to\u0001";

    private final CopySubject subject;
    private final TableName from;
    private final TableName to;
    private final Capture capture;
    private final Optional<String> newTime;
    private final boolean proved;
    /** Whose columns {@code from} has. */
    private final TableName described;

    /** @param newTime the time that the chunks of the new table go by, if it is a hypertable */
    Replay(CopySubject subject, TableName from, TableName to, Capture capture, Optional<String> newTime) {
        this(subject, from, to, capture, newTime, false, from);
    }

    /** @param described the table whose rows a view shows, and whose columns it has */
    static Replay ofView(CopySubject subject, TableName view, TableName described, TableName to, Capture capture) {
        return new Replay(subject, view, to, capture, Optional.empty(), false, described);
    }

    private Replay(
            CopySubject subject,
            TableName from,
            TableName to,
            Capture capture,
            Optional<String> newTime,
            boolean proved,
            TableName described) {
        this.proved = proved;
        this.described = described;
        this.newTime = newTime;
        this.subject = subject;
        this.from = from;
        this.to = to;
        this.capture = capture;
    }

    /** The same after a proof, which TRUNCATE leaves without a meaning: raises TM412 then, instead of copying what nobody would prove. */
    Replay afterProof() {
        return new Replay(subject, from, to, capture, newTime, true, described);
    }

    /** Batch after batch, each committed, until little is left. */
    Sql catchUp() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    remaining bigint;
                    before bigint;
                %s
                BEGIN
                    LOOP
                %s
                        COMMIT;
                        before := remaining;
                        remaining := (SELECT count(*) FROM (SELECT FROM %I LIMIT %s) AS l);
                        EXIT WHEN remaining < %s OR remaining < %s AND remaining >= before;
                    END LOOP;
                END
                $tidemark$""",
                variables(), batch(BATCH), capture.log(), LEFT_AT_MOST, LEFT, LEFT_AT_MOST);
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
                    statement text;
                    picked tid[];
                    on_from text;
                    on_to text;
                    violated text;""");
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
                        -- Every key is looked up by an index, whatever statistics say, which are older than log and copy or missing: otherwise the whole log was
                        -- read for each key (1.1 of the 1.25 s that 2,000 keys took with 6,000 in the log), or all keys for each row of a table that was
                        -- taken for small (a minute for 20,000 rows).
                        PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true),
                                set_config('cpu_tuple_cost', '1', true), set_config('random_page_cost', '0.1', true);
                        IF EXISTS (SELECT FROM %I WHERE what = 'T') THEN
                            -- What is there now was written since: all of it is in the log too, or copied here.
                            %s%s%s;
                            EXECUTE format('WITH gone AS (DELETE FROM %%s WHERE what IS DISTINCT FROM ''F'' RETURNING 1) INSERT INTO %%s (%%s) OVERRIDING SYSTEM VALUE SELECT %%3$s FROM %%4$s AS s WHERE (SELECT count(*) FROM gone) >= 0', %L, %L, columns, %L)%s;
                %s
                        END IF;""",
                described.quoted(),
                to.quoted(),
                described.quoted(),
                described.quoted(),
                capture.log(),
                proved ? Sql.of("%s;\n            ", capture.truncatedSince()) : new Sql(""),
                gone(),
                emptied(),
                capture.log().quoted(),
                to.quoted(),
                from.quoted(),
                takenAlong().text().isEmpty()
                        ? new Sql("")
                        : Sql.of(" || %L", takenAlong().text()),
                subject.offline() ? new Sql("") : byKey(limit));
    }

    private Sql byKey(@Nullable Integer limit) {
        return Sql.of(
                """
                        ELSE
                            statement := format(%L, columns, sources);
                            BEGIN
                                %s;
                            EXCEPTION
                                WHEN unique_violation OR exclusion_violation THEN
                                    EXECUTE statement USING NULL::bigint;
                                WHEN check_violation THEN
                                    -- On the way back there is no room to be made.
                                    IF NOT %s THEN
                                        RAISE;
                                    END IF;
                                    GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
                                    IF violated NOT IN ('', %L) THEN
                                        RAISE;
                                    END IF;
                                    -- No constraint, or that of a DEFAULT partition: no partition takes the row. It has come since room was made, which is done again.
                                    RAISE EXCEPTION '%%', SQLERRM USING ERRCODE = 'TM409';
                            END;""",
                statement(),
                execution(new Sql(limit == null ? "NULL::bigint" : limit + "::bigint")),
                isForward(),
                PieceGrid.BOUND);
    }

    /**
     * Where a hypertable's chunks are looked into, the batch is picked first, so that ranges of its times can stand in the statement: every other chunk is then
     * left out. By a join alone every key is looked up in every chunk: a DELETE decompressed all of them, and reading compressed ones read all of them for
     * each key. The times themselves would not do: more than 100 of them are compared with no chunk's bounds (PostgreSQL 17, TimescaleDB 2.19). A few keys that
     * change all the time may have millions of entries, which are rather looked up in every chunk than held in memory.
     */
    private Sql execution(Sql limit) {
        return chunkTime()
                .map(time -> Sql.of(
                        """
                        PERFORM set_config(name, '0', true) FROM pg_settings WHERE name = 'timescaledb.max_tuples_decompressed_per_dml_transaction';
                                        WITH chosen AS (
                                            SELECT l.ctid AS place, l.%I AS at FROM %I AS l
                                             WHERE l.what IS NULL AND EXISTS (SELECT FROM (%s) AS p WHERE %s) LIMIT %s),
                                        span AS (SELECT min(at) AS first, max(at) AS last FROM chosen GROUP BY %s)
                                        SELECT (SELECT array_agg(place) FROM chosen), %s, %s INTO picked, on_from, on_to FROM span;
                                        IF cardinality(picked) > %s THEN
                                            EXECUTE statement USING %s;
                                        ELSE
                                            EXECUTE format(%L, columns, sources, on_from, on_to) USING picked;
                                        END IF""",
                        Capture.column(subject.captured().indexOf(time)),
                        capture.log(),
                        picked(limit),
                        sameKey(),
                        PICKED + 1,
                        sameChunk(time),
                        within("s", time, isForward() ? presentTime() : newTime),
                        within("t", time, isForward() ? newTime : presentTime()),
                        PICKED,
                        limit,
                        chunkwise()))
                .orElseGet(() -> Sql.of("EXECUTE statement USING %s", limit));
    }

    /** By which time chunks are left out; every entry of the log has it. */
    private Optional<String> chunkTime() {
        return presentTime().or(() -> newTime);
    }

    /** The time that the chunks of the hypertable go by whose rows are copied; every key of it has it. */
    private Optional<String> presentTime() {
        return subject.table()
                .layout()
                .match(h -> Optional.empty(), p -> Optional.empty(), h -> Optional.of(h.timeColumn()));
    }

    /** Times near each other are one range. */
    private Sql sameChunk(String time) {
        if (!time.equals(subject.subject().timeColumnName())) {
            return new Sql("at IS NULL");
        }
        TimeType type = subject.subject().timeType();
        // What lies at the ends of its type is a range by itself, and a wide one.
        return Sql.of(
                "CASE WHEN %s THEN %s / %s END",
                type.isInteger()
                        ? new Sql("true")
                        : Sql.of("at BETWEEN '0001-01-01'::%s AND '9999-12-31'::%s", type.cast(), type.cast()),
                type.positionOf(new Sql("at")),
                type.length(
                        subject.subject().chunkInterval(),
                        subject.subject().target().epoch()));
    }

    /** The condition that a row of {@code alias} lies within the ranges, as text. */
    private static Sql within(String alias, String time, Optional<String> chunks) {
        if (!chunks.equals(Optional.of(time))) {
            return new Sql("'true'");
        }
        Sql column = Sql.of("%L", Sql.of("%s.%I", new Sql(alias), time).text());
        return Sql.of(
                """
                coalesce(CASE WHEN count(*) <= %s THEN string_agg(format('%%s BETWEEN %%L AND %%L', %s, first, last), ' OR ')
                         ELSE format('%%s BETWEEN %%L AND %%L', %s, min(first), max(last)) END, 'false')""",
                RANGES, column, column);
    }

    private boolean isForward() {
        return capture.log().equals(subject.captureOfSource().log());
    }

    private Sql gone() {
        return presentTime().isPresent() && isForward()
                ? Sql.of("%s;\n            ", new Unaltered(subject).forgetGone())
                : new Sql("");
    }

    /** Keys of a batch. */
    private Sql picked(Sql limit) {
        return Sql.of(
                "SELECT %s FROM %I WHERE what IS NULL LIMIT %s",
                names(subject.key().size(), i -> new Sql(Capture.column(i))), capture.log(), limit);
    }

    /** An entry of the log and a key that was picked. */
    private Sql sameKey() {
        return Sql.join(
                " AND ",
                IntStream.range(0, subject.key().size())
                        .mapToObj(i -> Sql.of("l.%I = p.%I", Capture.column(i), Capture.column(i)))
                        .toList());
    }

    /** Rows that were never copied are in the retired table only, so it is not they that a TRUNCATE of the new one meant. */
    private Sql emptied() {
        return subject.since()
                .filter(b -> !isForward())
                .map(b -> Sql.of("DELETE FROM %I AS t WHERE %s", to, b.notLeft("t")))
                .orElseGet(() -> Sql.of("TRUNCATE %I", to));
    }

    /** Ends a WHERE clause: rows of {@code s} that the copy has; the retired table has all. */
    private Sql takenAlong() {
        return isForward() ? subject.andTakenAlong("s") : new Sql("");
    }

    /** A {@code format()} template; takes the columns, once bare and once as {@code s.column}. */
    private String statement() {
        return statement(
                Sql.of("picked AS MATERIALIZED (%s),\n", picked(new Sql("$1"))),
                Sql.of("l.what IS NULL AND EXISTS (SELECT FROM picked AS p WHERE %s)", sameKey()),
                new Sql(""),
                new Sql(""));
    }

    /** The same; takes what was picked, and where its rows lie on either side. What has come since stays in the log, and so does where that lies. */
    private String chunkwise() {
        return statement(
                        new Sql(""),
                        new Sql("l.ctid = ANY ($1)"),
                        new Sql(" AND (" + ON_TO + ")"),
                        new Sql(" AND (" + ON_FROM + ")"))
                .replace(ON_FROM, "%3$s")
                .replace(ON_TO, "%4$s");
    }

    /**
     * Every entry of a key is taken at once: were an older one left, its batch would insert a row again whose newest state is there already. Keys are compared
     * by {@code =} alone, never by DISTINCT, whose equality is that of the type: of two citext that differ in case it would keep one, and the rows of the other
     * would not be found.
     */
    private String statement(Sql before, Sql taken, Sql onTo, Sql onFrom) {
        List<String> captured = subject.captured();
        List<String> key = subject.key();
        Sql statement = Sql.of(
                """
                WITH %staken AS (
                    DELETE FROM %I AS l WHERE %s AND NOT EXISTS (SELECT FROM %I WHERE what = 'T')
                    RETURNING %s),
                gone AS (DELETE FROM %I AS t USING taken AS k WHERE %s%s RETURNING 1)
                INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE
                SELECT %s FROM %I AS s
                 WHERE EXISTS (SELECT FROM taken AS k WHERE %s)%s AND (SELECT count(*) FROM gone) >= 0%s""",
                before,
                capture.log(),
                taken,
                capture.log(),
                names(captured.size(), i -> Sql.of("l.%I", Capture.column(i))),
                to,
                equal(captured, "t"),
                onTo,
                to,
                new Sql(COLUMNS),
                new Sql(VALUES),
                from,
                equal(key, "s"),
                onFrom,
                takenAlong());
        return statement.text().replace("%", "%%").replace(COLUMNS, "%1$s").replace(VALUES, "%2$s");
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
