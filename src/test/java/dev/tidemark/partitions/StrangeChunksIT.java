package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.ZeroCopy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** Hypertables as they have become over the years get partitions, become what they were as pg_dump sees it, and leave TimescaleDB for good. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "hypertables of every past become partitions and come back")
class StrangeChunksIT {
    private static final String TABLE =
            """
            CREATE TABLE events (a int, id bigint NOT NULL, at timestamptz NOT NULL, note text, b numeric, PRIMARY KEY (id, at));
            SELECT create_hypertable('events', by_range('at', interval '1 day'));
            """;
    private static final String ROWS =
            """
            INSERT INTO events (id, at, note)
            SELECT i, date_trunc('day', now()) - i * interval '37 minutes', 'n' || i FROM generate_series(0, 399) AS i;
            """;

    private final Database database;

    StrangeChunksIT(Database database) {
        this.database = database;
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void columns_dropped_and_added_while_chunks_came(Strategy strategy) throws Exception {
        database.execute(
                TABLE + ROWS
                        + """
                ALTER TABLE events DROP COLUMN a;
                INSERT INTO events (id, at, note) VALUES (-2, now() + interval '1 day', 'without a');
                ALTER TABLE events ADD COLUMN z text DEFAULT 'zz';
                ALTER TABLE events DROP COLUMN b;
                INSERT INTO events (id, at, note) VALUES (-3, now() + interval '2 days', 'with z');
                CREATE INDEX events_z ON events (z, note)""");
        List<String> before = dump();
        Attaching attaching = attaching(strategy);
        thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '4 days')");
        assertThat(dump()).isEqualTo(before);
        // In each of them TimescaleDB has to find the right columns.
        database.execute(
                """
                CREATE UNIQUE INDEX later ON events (z, id, at);
                INSERT INTO events (id, at, note) SELECT id, at, 'again' FROM events ON CONFLICT (id, at) DO UPDATE SET note = excluded.note""");
        assertThat(database.number("SELECT count(*) FROM events WHERE note = 'again' AND z = 'zz'"))
                .isEqualTo(403);
        assertThat(
                        database.column(
                                "SELECT DISTINCT regexp_replace(indexdef, '.* USING', '') FROM pg_indexes WHERE indexname ~ '_later$'"))
                .containsExactly(" btree (z, id, at)");
        forGood(attaching);
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void chunks_with_things_of_their_own(Strategy strategy) throws Exception {
        database.execute(
                TABLE + ROWS
                        + """
                CREATE SCHEMA elsewhere;
                CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                DO $$
                DECLARE
                    c regclass;
                BEGIN
                    FOR c IN SELECT show_chunks('events', older_than => interval '7 days')
                    LOOP
                        EXECUTE format('CREATE INDEX own_%s ON %s (b, note)', c::oid, c);
                        EXECUTE format('CREATE TRIGGER own BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION noted()', c);
                        EXECUTE format('COMMENT ON TABLE %s IS %L', c, 'mine');
                        EXECUTE format('GRANT SELECT ON %s TO PUBLIC', c);
                        EXECUTE format('ALTER TABLE %s SET (fillfactor = 55, autovacuum_enabled = off)', c);
                        EXECUTE format('ALTER TABLE %s ALTER COLUMN note SET STATISTICS 77', c);
                        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT own_check CHECK (id > -100000)', c);
                        EXECUTE format('ALTER TABLE %s SET SCHEMA elsewhere', c);
                    END LOOP;
                END $$""");
        List<String> before = dump();
        assertThat(before).anyMatch(line -> line.contains("own_check")).anyMatch(line -> line.contains("fillfactor"));
        Attaching attaching = attaching(strategy);
        thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '4 days')");
        assertThat(dump()).isEqualTo(before);
        forGood(attaching);
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void chunks_in_several_tablespaces(Strategy strategy) throws Exception {
        String tablespace = "elsewhere_" + database.name();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET allow_in_place_tablespaces = on");
            statement.execute("CREATE TABLESPACE " + tablespace + " LOCATION ''");
        }
        try {
            database.execute(
                    TABLE + ROWS + "SELECT attach_tablespace('" + tablespace + "', 'events');"
                            + "INSERT INTO events (id, at) SELECT -i, now() + i * interval '1 day' FROM generate_series(2, 4) AS i");
            List<String> before = dump();
            String there = "SELECT c.oid::text FROM pg_class AS c JOIN pg_tablespace AS t ON t.oid = c.reltablespace"
                    + " WHERE c.relispartition AND c.relkind = 'r' AND t.spcname = '" + tablespace + "' ORDER BY 1";
            List<String> chunks =
                    database.column(there.replace("c.relispartition", "c.oid IN (SELECT show_chunks('events'))"));
            assertThat(chunks).isNotEmpty();
            Attaching attaching = attaching(strategy);
            thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '4 days')");
            assertThat(dump()).isEqualTo(before);
            forGood(attaching);
            assertThat(database.column(there)).containsAll(chunks);
        } finally {
            database.execute("DROP TABLE IF EXISTS events, events_old CASCADE");
            database.execute("DROP TABLESPACE " + tablespace);
        }
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void widths_changed_in_midlife(Strategy strategy) throws Exception {
        database.execute(
                TABLE + ROWS
                        + """
                SELECT set_chunk_time_interval('events', interval '7 days');
                INSERT INTO events (id, at) SELECT -i, now() + i * interval '1 day' FROM generate_series(2, 20) AS i;
                SELECT set_chunk_time_interval('events', interval '6 hours');
                INSERT INTO events (id, at) SELECT -100 - i, now() + i * interval '1 day' FROM generate_series(21, 30) AS i""");
        List<String> before = dump();
        Attaching attaching = attaching(strategy);
        assertThat(attaching.plan().findings()).extracting(Finding::code).contains("TM182");
        thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '33 days')");
        assertThat(dump()).isEqualTo(before);
        forGood(attaching);
    }

    /** A device whose clock stood at 1970, and a mistyped year: with the present between them, and after both. */
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void rows_that_lie_by_themselves(Strategy strategy) throws Exception {
        database.execute(
                TABLE + ROWS
                        + "INSERT INTO events (id, at) VALUES (-2, '1970-01-01 00:00+00'), (-3, '9999-12-31 00:00+00'), (-4, '4000-01-01 BC')");
        List<String> before = dump();
        Attaching attaching = attaching(strategy);
        assertThat(attaching.plan().findings()).extracting(Finding::code).contains("TM185");
        thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '4 days')");
        assertThat(dump()).isEqualTo(before);
        forGood(attaching);

        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isLessThan(40);
        // Whoever has such rows yet makes room for them, and the days to come get partitions as ever.
        database.execute("SELECT tidemark.make_partitions_for('events', '1980-05-01 12:00+00', '1980-05-02 12:00+00')");
        database.execute("INSERT INTO events (id, at) VALUES (-5, '1980-05-02 00:00+00')");
        database.execute("SELECT create_future_events_partitions(20)");
        database.execute("INSERT INTO events (id, at) VALUES (-6, now() + interval '19 days')");
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void a_table_that_has_never_had_a_row(Strategy strategy) throws Exception {
        database.execute(TABLE);
        List<String> before = dump();
        Attaching attaching = attaching(strategy);
        thereAndBack(attaching, "INSERT INTO events (id, at) VALUES (-1, now() + interval '4 days')");
        assertThat(dump()).isEqualTo(before);
        forGood(attaching);
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void numbers_that_are_given_and_columns_that_are_computed(Strategy strategy) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL, note text, s serial,
                                     long int GENERATED ALWAYS AS (length(note)) STORED,
                                     CONSTRAINT once UNIQUE NULLS NOT DISTINCT (at, note) DEFERRABLE, EXCLUDE USING btree (at WITH =, s WITH =));
                SELECT create_hypertable('events', by_range('at', interval '1 day'));
                INSERT INTO events (at, note) SELECT current_date - i / 5, 'n' || i FROM generate_series(0, 99) AS i""");
        List<String> before = dump();
        Attaching attaching = attaching(strategy);
        thereAndBack(attaching, "INSERT INTO events (at, note) VALUES (current_date + 4, 'hello')");
        assertThat(dump()).isEqualTo(before);
        forGood(attaching);
        database.execute("INSERT INTO events (at, note) VALUES (current_date + 3, 'after all')");
        assertThat(database.value("SELECT concat_ws(' ', id, s, long) FROM events WHERE note = 'after all'"))
                .isEqualTo("102 102 9");
    }

    /** Rows stay, what the application writes in between too. */
    private void thereAndBack(Attaching attaching, String meanwhile) throws SQLException {
        Rows before = Rows.of(database, "events");
        attaching.convert();
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute(meanwhile);
        Rows since = Rows.of(database, "events");
        assertThat(since).isNotEqualTo(before);
        attaching.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(since);
    }

    /** There once more, and TimescaleDB goes without taking anything along. */
    private void forGood(Attaching attaching) throws SQLException {
        attaching.convert();
        attaching.finish();
        Rows rows = Rows.of(database, "events");
        database.execute("DROP EXTENSION timescaledb");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(database.column("SELECT outcome FROM tidemark.make_partitions() WHERE outcome LIKE 'failed%'"))
                .isEmpty();
    }

    /** Without chunks that have come since, and without numbers that TimescaleDB gives. */
    private List<String> dump() {
        return database.pgDump("--schema-only", "--exclude-schema=tidemark", "--exclude-table=events_y*")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\\") && !line.startsWith("--"))
                .map(line -> line.replaceAll("constraint_\\d+", "constraint_n")
                        .replaceAll("\"\\d+_", "\"n_")
                        .replaceAll("\\b\\d+_events_", "n_events_"))
                .sorted()
                .toList();
    }

    private Attaching attaching(Strategy strategy) {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .strategy(strategy)
                .partitioning(new Partitioning("UTC", 5, Optional.empty(), false));
    }
}
