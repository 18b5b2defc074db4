package dev.tidemark.plan;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.SliceQueue;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Table;
import dev.tidemark.session.Session;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.transfer.Transfer;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Copies by key with any key that a btree can have: cut, stopped, gone on with, and each row there once. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "slices by key cover each row once, whatever the key is")
class KeySlicesIT {
    private static final TableName FROM = new TableName("public", "from_here");
    private static final TableName TO = new TableName("public", "to_there");
    /** More than a slice has at first. */
    private static final int ROWS = 40_000;

    private static final List<Sql> SETTINGS = List.of(
            new Sql("SET LOCAL search_path = pg_catalog, pg_temp"),
            new Sql("SET LOCAL TimeZone = 'UTC'"),
            new Sql("SET LOCAL DateStyle = 'ISO, YMD'"),
            new Sql("SET LOCAL IntervalStyle = 'postgres'"));

    /** Texts that end literals, arrays, identifiers, templates and lines where somebody forgot to quote them. */
    private static final String HOSTILE =
            "(ARRAY['', ' ', '''', '\"', '\\', '\\\\', E'\\n', E'\\t', '{', '}', ',', '{a,b}', 'NULL', 'null', '%', '%s', '%1$s', '$$', '$tidemark$', ':tidemark_slice_part:',"
                    + " 'ä', 'Ä', 'ß', 'é', E'e\\u0301', '日本', '😀', E'\\u0001', E'\\u200b', E'a\\rb'])[1 + n % 30]";

    /** A key, what it consists of, and at least how many slices it comes to. */
    private record Key(String name, String definition, String key, String values, int slices) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Key> keys() {
        return Stream.of(
                new Key("bigint", "k bigint", "k", "n * -9000000000", 4),
                new Key(
                        "several columns of several types",
                        "a smallint, b text, c timestamptz",
                        "a, b, c",
                        "n % 7, (n % 11)::text, '2026-01-01'::timestamptz + n * interval '1 second'",
                        4),
                new Key("uuid", "k uuid", "k", "md5(n::text)::uuid", 4),
                new Key("hostile text", "k text", "k", HOSTILE + " || n", 4),
                new Key("hostile text and a number", "k varchar(40), n int", "k, n", HOSTILE + ", n", 4),
                new Key("text of another collation", "k text COLLATE \"und-x-icu\"", "k", HOSTILE + " || n", 4),
                new Key("text of the C collation", "k text COLLATE \"C\"", "k", HOSTILE + " || n", 4),
                new Key("text that ignores case", "k text COLLATE ignoring", "k", "'kEy' || n", 4),
                new Key(
                        "numeric",
                        "k numeric",
                        "k",
                        "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' ELSE n * 1.000000000000000000010 END",
                        4),
                new Key(
                        "double precision",
                        "k float8",
                        "k",
                        "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' WHEN 4 THEN '-0' ELSE n / 3.0 END",
                        4),
                new Key(
                        "time",
                        "k timestamptz",
                        "k",
                        "CASE n WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity' WHEN 3 THEN '4000-01-01 00:00Z BC' ELSE '2026-01-01'::timestamptz + n * interval '1 us' END",
                        4),
                new Key("interval", "k interval", "k", "n * interval '-1 month 2 days 0.000001 seconds'", 4),
                new Key("bytes", "k bytea", "k", "decode(md5(n::text), 'hex')", 4),
                new Key("padded text", "k char(8), n int", "k, n", "'a ' || n % 3, n", 4),
                new Key("address", "k inet", "k", "'10.0.0.0/8'::inet + n", 4),
                new Key("range", "k int4range", "k", "int4range(-n, n)", 4),
                new Key("array", "k text[]", "k", "ARRAY[" + HOSTILE + ", n::text, NULL]", 4),
                new Key("a column \"with\" everything", "\"K \"\" %s\" int", "\"K \"\" %s\"", "n", 4),
                new Key(
                        "number before a type that compares in its own way",
                        "a int, k mood",
                        "a, k",
                        "n / 2, (ARRAY['glad', 'Sad'])[1 + n % 2]::mood",
                        4),
                new Key(
                        "few numbers before such a type",
                        "a int, k odd.citext",
                        "a, k",
                        "n / 2500, CASE n % 2 WHEN 0 THEN 'KEY' ELSE 'key' END || n",
                        3),
                new Key(
                        "such a type alone",
                        "k odd.citext",
                        "k",
                        "CASE n % 2 WHEN 0 THEN 'KEY' ELSE 'key' END || n",
                        1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    void each_row_is_copied_once(Key key, Database database) throws Exception {
        database.execute(
                """
                CREATE COLLATION public.ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                CREATE TYPE public.mood AS ENUM ('Sad', 'glad');
                CREATE SCHEMA odd;
                CREATE EXTENSION citext SCHEMA odd;
                CREATE TABLE from_here (%s, PRIMARY KEY (%s), more text DEFAULT 'more');
                INSERT INTO from_here SELECT %s FROM generate_series(1, %d) AS n;
                CREATE TABLE to_there (LIKE from_here)"""
                        .formatted(key.definition(), key.key(), key.values(), ROWS));
        Rows rows = Rows.of(database, "from_here");
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            Engine engine = new Engine(database, session);

            int before = Math.min(2, key.slices() - 1);
            assertThatThrownBy(() -> engine.copy(before)).hasMessage("stopped");
            assertThat(engine.done()).isEqualTo(before);
            List<List<String>> finished = engine.finished();
            engine.copy(Integer.MAX_VALUE);

            assertThat(Rows.of(database, "to_there")).isEqualTo(rows);
            assertThat(engine.done()).isGreaterThanOrEqualTo(key.slices());
            // What was done before the stop was not done again.
            assertThat(engine.finished()).containsAll(finished);
        }
    }

    /** What NULL would be missed by every range is no key to begin with. */
    @Test
    void a_key_with_a_column_that_can_be_null_is_none(Database database) throws Exception {
        database.execute("CREATE TABLE from_here (a int NOT NULL, b int, UNIQUE (a, b))");
        try (Connection connection = database.connect()) {
            Table table = new Catalog(new Session(connection)).table(FROM).orElseThrow();

            assertThat(CopySubject.keyOf(table)).isEmpty();
        }
    }

    /** One step of one run, without a runner. */
    private static final class Engine {
        private final Database database;
        private final Session session;
        private final String run = UUID.randomUUID().toString();
        private final Slices slices;
        private final SliceQueue queue;

        Engine(Database database, Session session) {
            this.database = database;
            this.session = session;
            Journal journal = new Journal(session, "tidemark");
            journal.install();
            database.execute(
                    """
                    INSERT INTO tidemark.run (id, format, kind, tables, identity, strategy, decision, max_pause_ms, state)
                    VALUES ('%s', 1, 'convertToHypertable', '{}', '', 'COPY', '', 2000, 'RUNNING');
                    INSERT INTO tidemark.step (run, ordinal, id, why, up_kind, up_statements, down_kind, down_statements)
                    VALUES ('%1$s', 0, 'copy', '', '', '{}', '', '{}')"""
                            .formatted(run));
            Table table = new Catalog(session).table(FROM).orElseThrow();
            KeyRange range = new KeyRange(
                    table,
                    table.indexes().stream()
                            .filter(index -> index.primary())
                            .findFirst()
                            .orElseThrow()
                            .keyColumns());
            this.slices = new Slices(
                    Slices.Unit.KEYS,
                    Sql.of(
                            "SELECT %L AS part, NULL::text AS lower, NULL::text AS upper, %s AS weight",
                            FROM.quoted(), ROWS),
                    SliceWork.of(Sql.of(
                            "INSERT INTO %I SELECT r.* FROM %I AS r WHERE %s",
                            TO, FROM, new Sql(range.condition("r")))),
                    range.cut(FROM));
            this.queue = journal.slices(Journal.run(run), 0, false);
            session.execute(queue.list(slices.parts()));
        }

        /** Stops before the slice of that number, counted from 0. */
        void copy(int before) {
            AtomicInteger asked = new AtomicInteger();
            Transfer transfer = new Transfer(
                    slices,
                    queue,
                    new Transfer.Guard(SETTINGS, worker -> {}, worker -> {
                        if (asked.getAndIncrement() >= before) {
                            throw new IllegalStateException("stopped");
                        }
                        return true;
                    }),
                    Duration.ofMillis(50));
            transfer.run(
                    session,
                    new SiblingOpener(session, () -> Optional.of(database.connect())),
                    before == Integer.MAX_VALUE ? 3 : 1,
                    count -> {});
        }

        int done() {
            return finished().size();
        }

        List<List<String>> finished() {
            return database.rows(
                    "SELECT number, lower, upper, rows, finished_at FROM tidemark.slice WHERE state = 'DONE'");
        }
    }
}
