package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;
import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chunks of a hypertable become partitions as they are, and chunks again, by TimescaleDB's catalog. */
@PostgresTest(needs = {TIMESCALEDB, SUPERUSER})
class AdoptedChunksIT {
    private static final String NODES =
            """
            SELECT string_agg(c.oid || ' ' || pg_relation_filenode(c.oid), ', ' ORDER BY c.oid) FROM pg_class AS c
             WHERE c.relkind IN ('r', 'i', 't') AND c.oid IN (SELECT oid FROM stored)""";

    private final Database database;

    AdoptedChunksIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void events() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS stored");
        database.execute("DROP TABLE IF EXISTS events CASCADE");
        database.execute("DROP TABLE IF EXISTS events_old CASCADE");
        database.execute(
                """
                CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, version int NOT NULL DEFAULT 0, note text, PRIMARY KEY (id, at));
                CREATE INDEX events_note ON events (note, at DESC);
                SELECT create_hypertable('events', by_range('at', interval '1 day'));
                INSERT INTO events (at, note) SELECT date_trunc('day', now()) - i * interval '40 seconds', 'n' || i FROM generate_series(0, 19999) AS i;
                INSERT INTO events (at, note) VALUES (now() - interval '20 days', 'before a gap');
                CREATE TABLE stored AS SELECT c.oid FROM pg_class AS c
                 WHERE c.relkind IN ('r', 'i', 't') AND (c.oid IN (SELECT show_chunks('events')) OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT show_chunks('events'))))""");
    }

    @Test
    void chunks_become_partitions_and_chunks_again() throws Exception {
        Rows before = Rows.of(database, "events");
        String nodes = database.value(NODES);
        long chunks = database.number("SELECT count(*) FROM show_chunks('events')");
        Attaching attaching = attaching();

        Outcome outcome = attaching.convert();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.value(NODES)).isEqualTo(nodes);
        assertThat(database.number("SELECT count(*) FROM show_chunks('events_old')"))
                .isZero();
        database.execute(
                "INSERT INTO events (at, note) SELECT now() + i * interval '7 hours', 'since' FROM generate_series(0, 20) AS i");
        database.execute("INSERT INTO events (at, note) VALUES (now() - interval '15 days', 'in the gap')");
        Rows since = Rows.of(database, "events");

        attaching.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(database.value(NODES)).isEqualTo(nodes);
        assertThat(database.number("SELECT count(*) FROM show_chunks('events')"))
                .isGreaterThan(chunks);
        assertThat(
                        database.column(
                                "SELECT relname::text FROM pg_class WHERE relname ~ '^events' AND relkind IN ('r', 'p') ORDER BY 1"))
                .as("tables")
                .allMatch(name -> name.equals("events") || name.startsWith("events_y"));
    }

    @Test
    void the_extension_can_go_when_the_conversion_is_final() throws Exception {
        database.execute("ALTER TABLE events ALTER COLUMN id DROP IDENTITY");
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching();
        attaching.convert();

        attaching.finish();
        database.execute("DROP EXTENSION timescaledb");

        assertThat(database.number("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%timescaledb%'"))
                .isZero();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("INSERT INTO events (id, at) VALUES (-1, now())");
        assertThat(database.value("SELECT to_regclass('events_old')")).isNull();
        database.execute("CREATE EXTENSION timescaledb");
    }

    @Test
    void keys_from_and_to_it_stay() throws Exception {
        database.execute(
                """
                DROP TABLE IF EXISTS kinds, marks;
                CREATE TABLE kinds (kind text PRIMARY KEY);
                INSERT INTO kinds SELECT DISTINCT note FROM events;
                ALTER TABLE events ADD CONSTRAINT "of a kind" FOREIGN KEY (note) REFERENCES kinds ON UPDATE CASCADE;
                CREATE TABLE marks (id bigint, at timestamptz, CONSTRAINT "mark of" FOREIGN KEY (id, at) REFERENCES events ON DELETE CASCADE);
                SET plan_cache_mode = force_custom_plan;
                INSERT INTO marks SELECT id, at FROM events WHERE id % 100 = 0;
                RESET plan_cache_mode""");
        String keys =
                "SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('events'::regclass, 'marks'::regclass) AND conparentid = 0 AND conname !~ '\\d+$' ORDER BY 1";
        List<String> before = database.column(keys);
        Attaching attaching = attaching();

        attaching.convert();

        assertThat(before).hasSize(2);
        assertThat(database.column(keys)).isEqualTo(before);
        assertThat(
                        database.column(
                                "SELECT DISTINCT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN (SELECT relid FROM pg_partition_tree('events'))"))
                .containsExactly("of a kind");
        database.execute("DELETE FROM events WHERE id = 300");
        assertThat(database.number("SELECT count(*) FROM marks WHERE id = 300")).isZero();
        attaching.goBack();
        assertThat(database.column(keys)).isEqualTo(before);
        database.execute("DELETE FROM events WHERE id = 400");
        assertThat(database.number("SELECT count(*) FROM marks WHERE id = 400")).isZero();
    }

    /** Days of Berlin, of a table of days of UTC: the partitions after the last chunk begin at Berlin's midnight. */
    @Test
    void another_calendar_begins_where_the_last_chunk_ends() throws Exception {
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching().partitioning(new Partitioning("Europe/Berlin", 5, Optional.empty(), false));

        attaching.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.column(BOUNDS)).as("without a gap").isNotEmpty().allMatch(b -> b.endsWith(" true"));
        assertThat(database.column(BOUNDS).stream().filter(b -> b.matches(".*,\"\\S+ 0[34]:45:00.*")))
                .as("Berlin's midnight, 22 or 23 o'clock of UTC, at Kathmandu")
                .hasSizeGreaterThan(4);
        attaching.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bigint", "integer"})
    void integers_are_times(String type) throws Exception {
        database.execute("DROP TABLE events");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at %s NOT NULL, note text, PRIMARY KEY (id, at));
                SELECT create_hypertable('events', by_range('at', 86400));
                INSERT INTO events SELECT i, extract(epoch FROM now())::int - i * 60, 'n' FROM generate_series(0, 9999) AS i"""
                        .formatted(type));
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching().epoch(Epoch.S);

        attaching.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("INSERT INTO events VALUES (-1, extract(epoch FROM now())::int + 86400 * 3, 'ahead')");
        Rows since = Rows.of(database, "events");
        attaching.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(database.number("SELECT count(*) FROM show_chunks('events')"))
                .isGreaterThanOrEqualTo(8);
    }

    @Test
    void hostile_names_do_no_harm() throws Exception {
        String name = "table.of \"many\" letters, of which some are not ASCII: %s äöü";
        String column = "a't %1$s";
        database.execute("DROP SCHEMA IF EXISTS \"odd.\"\"schema'\" CASCADE; CREATE SCHEMA \"odd.\"\"schema'\"");
        String quoted = "\"odd.\"\"schema'\".\"" + name.replace("\"", "\"\"") + "\"";
        database.execute("CREATE TABLE " + quoted + " (\"i;d\" bigint, \"" + column
                + "\" timestamptz NOT NULL, \"n\"\"\" text, PRIMARY KEY (\"i;d\", \"" + column + "\"))");
        database.execute("SELECT create_hypertable('" + quoted.replace("'", "''") + "', by_range('"
                + column.replace("'", "''") + "', interval '1 day'))");
        database.execute("INSERT INTO " + quoted
                + " SELECT i, now() - i * interval '1 hour', 'n' FROM generate_series(0, 99) AS i");
        Rows before = Rows.of(database, quoted);
        Attaching attaching = new Attaching(database, new TableName("odd.\"schema'", name))
                .by(column, "1 day")
                .strategy(Strategy.ADOPT);

        attaching.convert();
        assertThat(Rows.of(database, quoted)).isEqualTo(before);
        attaching.goBack();

        assertThat(Rows.of(database, quoted)).isEqualTo(before);
        database.execute("DROP TABLE " + quoted);
    }

    @Test
    void without_detach_chunk_a_copy_is_chosen_and_adopt_named() throws Exception {
        Set<Capability> capabilities = database.server().capabilities();
        assumeFalse(
                capabilities.contains(ATTACH_CHUNK),
                "not shown here: what is chosen without detach_chunk, which this server has");
        boolean community = capabilities.contains(COMMUNITY);
        assertThat(attaching().strategy(Strategy.AUTO).plan().decision())
                .isEqualTo(
                        "auto: "
                                + (community
                                        ? "TimescaleDB 2.19.3 has no detach_chunk; it came with 2.21.0."
                                        : "the Apache edition of TimescaleDB has no detach_chunk.")
                                + " strategy=\"adopt\" copies nothing and works there, for a superuser, but has to be asked for.");
        assertThat(attaching().strategy(Strategy.ATTACH).plan().blockers())
                .extracting(Finding::code)
                .containsExactly(community ? "TM206" : "TM205");
    }

    @Test
    void what_is_printed_does_the_same() throws Exception {
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching();

        database.psql(String.join(";\n", attaching.script()) + ";").succeeded();

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.psql(String.join(";\n", attaching.undoScript()) + ";").succeeded();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM show_chunks('events')"))
                .isGreaterThanOrEqualTo(11);
    }

    /** The partitions in order, each with whether it begins where the one before ends. */
    private static final String BOUNDS =
            """
            SELECT b.bounds::text || ' ' || coalesce(b.bounds[1] = lag(b.bounds[2]) OVER (ORDER BY b.bounds[1]), true)
              FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
             CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), $r$'([^']+)'.*'([^']+)'$r$) AS b(bounds)
             WHERE i.inhparent = 'events'::regclass""";

    private Attaching attaching() {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .strategy(Strategy.ADOPT);
    }
}
