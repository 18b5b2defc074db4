package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Listener;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.ZeroCopy;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** Compressed chunks under policies, on a native Community server, become partitions by either strategy, and what they were. */
@PostgresTest(
        needs = {COMMUNITY, SEVERAL_SESSIONS, SUPERUSER},
        promise = "compressed chunks under policies become partitions and come back on a native Community server")
class CommunityChunksIT {
    private static final TableName EVENTS = new TableName("public", "events");
    private static final String JOBS =
            "SELECT concat_ws(' ', hypertable_name, proc_name, schedule_interval, scheduled, config - 'hypertable_id') FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL ORDER BY 1";
    private static final String COMPRESSED =
            "SELECT chunk_name::text FROM timescaledb_information.chunks WHERE hypertable_name = 'events' AND is_compressed ORDER BY 1";

    private final Database database;

    CommunityChunksIT(Database database) {
        this.database = database;
    }

    /** Twenty chunks, of which sixteen are compressed, one of them with a row that came late; what lies in them is skipped by, and the policies have nothing to do. */
    @BeforeEach
    void events() {
        database.execute(
                """
                SET timescaledb.enable_chunk_skipping = on;
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, "kind ""k" int, note text, gone int, PRIMARY KEY (id, at));
                SELECT create_hypertable('events', by_range('at', interval '1 day'));
                ALTER TABLE events SET (timescaledb.compress, timescaledb.compress_segmentby = '"kind ""k"', timescaledb.compress_orderby = 'at DESC, id');
                SELECT enable_chunk_skipping('events', 'id');
                INSERT INTO events SELECT i, date_trunc('day', now()) - interval '1 second' - i * interval '10 minutes', i % 5, 'n' || i FROM generate_series(0, 2879) AS i;
                SELECT compress_chunk(c) FROM show_chunks('events', older_than => interval '5 days') AS c;
                ALTER TABLE events DROP COLUMN gone;
                ALTER TABLE events ADD COLUMN later text DEFAULT 'later';
                INSERT INTO events (id, at, note) SELECT -9, min(at), 'late' FROM events;
                SELECT add_retention_policy('events', interval '9999 days', schedule_interval => interval '5 hours');
                SELECT add_compression_policy('events', interval '9998 days');
                SELECT alter_job(add_reorder_policy('events', 'events_at_idx'), scheduled => false);""");
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void they_are_decompressed_and_compressed_again_and_policies_rest(Strategy strategy) throws Exception {
        List<String> jobs = database.column(JOBS);
        List<String> compressed = database.column(COMPRESSED);
        assertThat(compressed).hasSizeGreaterThan(14);
        assertThat(jobs).hasSize(3).filteredOn(job -> job.contains(" t ")).hasSize(2);
        Attaching attaching = attaching(strategy);
        assertThat(attaching.plan().findings())
                .filteredOn(f -> f.code().equals("TM181"))
                .singleElement()
                .extracting(Finding::what)
                .asString()
                .startsWith(compressed.size() + " of " + database.number("SELECT count(*) FROM show_chunks('events')")
                        + " chunks of \"public\".\"events\" are compressed and decompressed first: about ")
                .containsPattern("about [0-9.]+ s, .* on the disk instead of ");
        Rows before = Rows.of(database, "events");

        attaching.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.column(JOBS))
                .hasSize(3)
                .allMatch(job -> job.startsWith("events_old ") && job.contains(" f "));
        database.execute(
                """
                INSERT INTO events (id, at) VALUES (-1, now() + interval '3 days');
                UPDATE events SET note = 'since' WHERE id IN (2800, 5);
                DELETE FROM events WHERE id = 2801""");
        Rows since = Rows.of(database, "events");

        attaching.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(database.column(JOBS)).isEqualTo(jobs);
        assertThat(database.column(COMPRESSED)).isEqualTo(compressed);
        // TimescaleDB works with it as with any other.
        database.column(
                "SELECT compress_chunk(c)::text FROM show_chunks('events', older_than => interval '2 days') AS c WHERE c::text NOT IN (SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks WHERE is_compressed)");
        database.column("SELECT decompress_chunk(c, true)::text FROM show_chunks('events') AS c");
        assertThat(Rows.of(database, "events")).isEqualTo(since);
        database.column("SELECT drop_chunks('events', older_than => interval '10 days')");
        assertThat(database.number("SELECT count(*) FROM events WHERE at < now() - interval '11 days'"))
                .isZero();
    }

    /** Between the plan and the window, which is where a person hesitates. */
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void what_is_compressed_or_comes_or_goes_meanwhile_is_no_matter(Strategy strategy) throws Exception {
        Rows[] expected = new Rows[1];
        Listener meanwhile = new Listener() {
            @Override
            public void stepStarts(Step step, int ordinal, int of, boolean back) {
                if (step.id().equals(Step.CUTOVER) && !back) {
                    database.column(
                            "SELECT compress_chunk(c)::text FROM show_chunks('events', newer_than => interval '4 days') AS c");
                    database.execute(
                            "INSERT INTO events (id, at) VALUES (-2, now() + interval '2 days'), (-3, now() - interval '40 days')");
                    database.column("SELECT drop_chunks('events', older_than => interval '45 days')");
                    expected[0] = Rows.of(database, "events");
                }
            }
        };
        try (Connection connection = database.connect()) {
            Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, meanwhile)
                    .apply(attaching(strategy).request());
        }

        assertThat(Rows.of(database, "events")).isEqualTo(expected[0]);
        int compressed = database.column("SELECT identity FROM tidemark.object WHERE kind = 'decompressed chunk'")
                .size();
        attaching(strategy).goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(expected[0]);
        assertThat(database.column(COMPRESSED)).hasSize(compressed);
    }

    /** By itself, TimescaleDB deletes a reorder policy together with a chunk that it has been at. */
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void a_reorder_policy_that_has_been_at_work_comes_back(Strategy strategy) throws Exception {
        database.column("SELECT decompress_chunk(c, true)::text FROM show_chunks('events') AS c");
        database.execute("CALL run_job("
                + database.value(
                        "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_reorder' AND hypertable_name = 'events'")
                + ")");
        assertThat(database.number("SELECT count(*) FROM _timescaledb_internal.bgw_policy_chunk_stats"))
                .isPositive();
        List<String> jobs = database.column(JOBS);
        Attaching attaching = attaching(strategy);
        attaching.convert();

        attaching.goBack();

        assertThat(jobs).hasSize(3);
        assertThat(database.column(JOBS)).isEqualTo(jobs);
    }

    /** What README promises those whom their provider takes TimescaleDB away. */
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void timescaledb_can_go_for_good(Strategy strategy) throws Exception {
        Attaching attaching = attaching(strategy);
        attaching.convert();
        attaching.finish();
        Rows rows = Rows.of(database, "events");
        List<String> objects = database.column(
                "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace IN ('public'::regnamespace, 'tidemark'::regnamespace) AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace IN ('public'::regnamespace, 'tidemark'::regnamespace) AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') ORDER BY 1");
        assertThat(database.column("SELECT * FROM timescaledb_information.hypertables"))
                .isEmpty();
        assertThat(database.column(JOBS)).isEmpty();

        database.execute("DROP EXTENSION timescaledb");

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(
                        database.column(
                                "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace IN ('public'::regnamespace, 'tidemark'::regnamespace) UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace IN ('public'::regnamespace, 'tidemark'::regnamespace) ORDER BY 1"))
                .as("what is not the extension's")
                .isEqualTo(objects);
        assertThat(database.column("SELECT nspname FROM pg_namespace WHERE nspname ~ 'timescaledb'"))
                .isEmpty();
        // Life goes on without it.
        assertThat(attaching.verify()).isNotEmpty().allMatch(line -> line.startsWith("holds: "));
        database.execute("SELECT create_future_events_partitions(10)");
        database.execute("INSERT INTO events (id, at) VALUES (-8, now() + interval '9 days')");
        assertThat(database.column("SELECT outcome FROM drop_old_events_partitions(10)"))
                .isNotEmpty()
                .noneMatch(outcome -> outcome.startsWith("failed"));
        assertThat(database.number("SELECT count(*) FROM events WHERE at < now() - interval '12 days'"))
                .isZero();
        database.execute("CREATE INDEX events_kind ON events (\"kind \"\"k\")");
    }

    /** Not by the book, but it happens: the partitions are nobody's business but PostgreSQL's by then. */
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void timescaledb_may_be_taken_away_before_the_end(Strategy strategy) throws Exception {
        Attaching attaching = attaching(strategy);
        attaching.convert();
        Rows rows = Rows.of(database, "events");

        database.execute("DROP EXTENSION timescaledb CASCADE");

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM503")
                .hasMessageContaining("TimescaleDB, of which")
                .hasMessageContaining("is not there any more");
        attaching.finish();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(database.column("SELECT relname FROM pg_class WHERE relname LIKE 'events_old%'"))
                .isEmpty();
        database.execute("INSERT INTO events (id, at) VALUES (-8, now() + interval '4 days')");
    }

    private Attaching attaching(Strategy strategy) {
        return new Attaching(database, EVENTS)
                .by("at", "1 day")
                .strategy(strategy)
                .partitioning(new Partitioning("UTC", 5, Optional.empty(), false));
    }
}
