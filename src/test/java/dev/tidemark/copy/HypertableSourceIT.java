package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.copy.CopyScenario.Happening;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Step;
import dev.tidemark.run.Listener;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are copied out of a hypertable while the application writes to it, and chunks come and go. */
@PostgresTest(needs = {TIMESCALEDB, SEVERAL_SESSIONS})
class HypertableSourceIT {
    private static final TableName EVENTS = new TableName("public", "events");
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    private static final Duration TOLERANCE = Duration.ofMillis(300);
    private static final int STATEMENTS_PER_SECOND = 100;
    private static final int CONNECTIONS = 40;
    private static final int SEEDS = 60_000;

    private final Database database;
    private final Map<String, Happening> forward = new HashMap<>();
    private final Map<String, Happening> backward = new HashMap<>();

    HypertableSourceIT(Database database) {
        this.database = database;
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE; DROP TABLE IF EXISTS events_old");
        database.execute("DROP TABLE IF EXISTS events");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, version int NOT NULL DEFAULT 0, note text, PRIMARY KEY (id, at));
                SELECT create_hypertable('events', by_range('at', interval '1 day'));
                INSERT INTO events SELECT i, '2026-10-01 00:00+00'::timestamptz + i * interval '40 seconds', 0, 'n' || i FROM generate_series(0, 59999) AS i""");
    }

    @ParameterizedTest
    @EnumSource(
            value = Goal.class,
            names = {"HYPERTABLE", "PARTITIONS", "PLAIN_TABLE"})
    void a_writer_beside_loses_nothing_there_and_back(Goal goal) throws Exception {
        OpenLoopWriter writer =
                OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, HypertableSourceIT::write);
        try (writer;
                Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(goal, "7 days"));
            assertThat(chunks()).isEqualTo(goal == Goal.HYPERTABLE ? 5 : 0);
            tidemark.undo(List.of(EVENTS));
            assertThat(chunks()).isBetween(28L, 31L);
            OpenLoopWriter.Report written = writer.stop();
            System.out.println("  hypertable to " + goal + " and back, writer: " + written);

            assertThat(written.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThan(MAX_PAUSE.plus(TOLERANCE));
            assertThat(written.ledger()
                            .differences(database, "SELECT id::text, version FROM events WHERE id >= 1000000"))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM events WHERE id < 1000000"))
                    .isEqualTo(SEEDS);
        }
    }

    /** Every third statement inserts, the next one changes that row, and the next but one moves on: rows of all days, and of a day that has no chunk. */
    private static OpenLoopWriter.Write write(Connection connection, long number) throws SQLException {
        String sql = number % 3 == 0
                ? "INSERT INTO events (id, at) VALUES (?, '2026-10-01 00:00+00'::timestamptz + ? * interval '7 hours') RETURNING version"
                : "INSERT INTO events AS e (id, at) VALUES (?, '2026-10-01 00:00+00'::timestamptz + ? * interval '7 hours') ON CONFLICT (id, at) DO UPDATE SET version = e.version + 1 RETURNING version";
        long key = 1_000_000 + (number % 3 == 0 ? number : number % 500);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, key);
            statement.setLong(2, key % 100);
            try (var rows = statement.executeQuery()) {
                rows.next();
                return new OpenLoopWriter.Write(key, rows.getLong(1));
            }
        }
    }

    @Test
    void seven_days_and_one_day_again_and_finalized() throws Exception {
        Rows before = Rows.of(database, "events");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(Goal.HYPERTABLE, "7 days"));
            database.execute("INSERT INTO events VALUES (-1, '2026-10-05 00:00+00', 0, 'since')");
            assertThat(tidemark.verify(EVENTS)).allMatch(line -> line.startsWith("holds: "));
            tidemark.finalizeConversion(new FinalizeRequest(EVENTS, "events", Duration.ZERO, false, MAX_PAUSE));
            assertThat(database.value("SELECT to_regclass('events_old')")).isNull();
            assertThat(database.column("SELECT interval_length FROM _timescaledb_catalog.dimension"))
                    .containsExactly("604800000000");

            tidemark.apply(request(Goal.HYPERTABLE, "1 day"));
            database.execute("DELETE FROM events WHERE id = -1");

            assertThat(Rows.of(database, "events")).isEqualTo(before);
            assertThat(chunks()).isEqualTo(28);
            assertThat(
                            database.column(
                                    "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'events' ORDER BY 1"))
                    .containsExactly("events_at_idx", "events_pkey");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"catch-up", "judge", "cutover"})
    void a_chunk_that_is_dropped_ends_the_run(String step) throws Exception {
        String chunk = database.value(
                "SELECT c::text FROM show_chunks('events', older_than => '2026-10-02 00:00+00'::timestamptz) AS c");
        forward.put(
                step,
                () -> database.column(
                        "SELECT drop_chunks('events', older_than => '2026-10-02 00:00+00'::timestamptz)"));
        Rows left = Rows.of(database, "SELECT * FROM events WHERE at >= '2026-10-02 00:00+00'");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);

            assertThatThrownBy(() -> tidemark.apply(request(Goal.HYPERTABLE, "7 days")))
                    .hasMessageContaining("chunk " + chunk.replace("_timescaledb_internal.", "_timescaledb_internal."))
                    .hasMessageContaining("has been detached or dropped since the copy was begun")
                    .hasMessageContaining("TM410");
            tidemark.abort(EVENTS);

            assertThat(Rows.of(database, "events")).isEqualTo(left);
            assertThat(database.column("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'tidemark%'"))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy", "indexes", "catch-up", "cutover"})
    void rows_after_a_truncate_are_all_there_are(String step) throws Exception {
        forward.put(step, () -> {
            database.execute("TRUNCATE events");
            database.execute(
                    "INSERT INTO events VALUES (1, '2026-10-09 00:00+00', 1, 'new'), (2, '2026-12-09 00:00+00', 1, 'new')");
        });
        backward.put("cutover", () -> {
            database.execute("TRUNCATE events");
            database.execute("INSERT INTO events VALUES (3, '2026-10-09 00:00+00', 1, 'newer')");
        });
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(Goal.PARTITIONS, "7 days"));
            assertThat(database.column("SELECT id FROM events ORDER BY 1")).containsExactly("1", "2");

            tidemark.undo(List.of(EVENTS));
            assertThat(database.column("SELECT id FROM events ORDER BY 1")).containsExactly("3");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy", "catch-up"})
    void a_chunk_that_is_emptied_by_itself_is_empty_afterwards(String step) throws Exception {
        forward.put(
                step,
                () -> database.execute(
                        "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || c FROM show_chunks('events') AS c LIMIT 1); END $$"));
        try (Connection connection = database.connect()) {
            tidemark(connection).apply(request(Goal.PLAIN_TABLE, null));
        }
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(SEEDS - 2160);
    }

    @Test
    void dimensions_integers_and_their_now_are_carried_along() throws Exception {
        database.execute("DROP TABLE events");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at int NOT NULL, version int NOT NULL DEFAULT 0, note text, PRIMARY KEY (id, at));
                SELECT create_hypertable('events', by_range('at', 86400));
                SELECT add_dimension('events', by_hash('id', 3));
                CREATE OR REPLACE FUNCTION now_s() RETURNS int LANGUAGE sql STABLE AS 'SELECT extract(epoch FROM now())::int';
                SELECT set_integer_now_func('events', 'now_s');
                INSERT INTO events SELECT i, 1790000000 + i * 60, 0, 'n' || i FROM generate_series(0, 9999) AS i""");
        Rows before = Rows.of(database, "events");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(Goal.HYPERTABLE, "2 days"));
            assertThat(
                            database.column(
                                    "SELECT concat_ws(' ', column_name, integer_interval, integer_now_func, num_partitions) FROM timescaledb_information.dimensions WHERE hypertable_name = 'events' ORDER BY dimension_number"))
                    .containsExactly("at 172800 now_s", "id 3");
            assertThat(Rows.of(database, "events")).isEqualTo(before);
            tidemark.undo(List.of(EVENTS));
            assertThat(Rows.of(database, "events")).isEqualTo(before);
            tidemark.apply(request(Goal.PARTITIONS, "1 day"));
            assertThat(Rows.of(database, "events")).isEqualTo(before);
        }
    }

    /** Our own retention, on the Apache edition: the copy must not bring back what it drops, nor the way back miss it. */
    @ParameterizedTest
    @EnumSource(
            value = Goal.class,
            names = {"HYPERTABLE", "PARTITIONS", "PLAIN_TABLE"})
    void retention_rests_and_goes_on(Goal goal) throws Exception {
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(Goal.HYPERTABLE, "2 days"));
            tidemark.finalizeConversion(new FinalizeRequest(EVENTS, "events", Duration.ZERO, false, MAX_PAUSE));
            database.execute(
                    "INSERT INTO tidemark.retention_policy (relation, drop_after, paused) VALUES ('events', '10 years', false)");
            String policies =
                    "SELECT concat_ws(' ', relation, drop_after, paused) FROM tidemark.retention_policy ORDER BY 1";
            forward.put("copy", () -> assertThat(database.column(policies)).containsExactly("events 10 years t"));

            tidemark.apply(request(goal, "1 day"));
            assertThat(database.column(policies))
                    .containsExactly(goal == Goal.HYPERTABLE ? "events 10 years t" : "events_old 10 years t");
            tidemark.undo(List.of(EVENTS));
            assertThat(database.column(policies)).containsExactly("events 10 years f");

            tidemark.apply(request(goal, "1 day"));
            tidemark.finalizeConversion(new FinalizeRequest(EVENTS, "events", Duration.ZERO, false, MAX_PAUSE));
            assertThat(String.join(", ", database.column(policies)))
                    .isEqualTo(goal == Goal.HYPERTABLE ? "events 10 years f" : "");
        }
    }

    @Test
    void partitions_with_columns_in_another_order_are_copied_by_name() throws Exception {
        database.execute("DROP TABLE events");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, version int, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                CREATE TABLE events_1 (note text, version int, at timestamptz NOT NULL, id bigint NOT NULL);
                ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM ('2026-10-01 00:00+00') TO ('2026-11-01 00:00+00');
                INSERT INTO events SELECT i, '2026-10-01 00:00+00'::timestamptz + i * interval '1 minute', i, 'n' || i FROM generate_series(0, 9999) AS i""");
        Rows before = Rows.of(database, "SELECT id, at, version, note FROM events");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(Goal.HYPERTABLE, "1 day"));
            assertThat(Rows.of(database, "SELECT id, at, version, note FROM events"))
                    .isEqualTo(before);
            database.execute("UPDATE events SET note = 'other' WHERE id = 7");
            Rows after = Rows.of(database, "SELECT id, at, version, note FROM events");
            tidemark.undo(List.of(EVENTS));
            assertThat(Rows.of(database, "SELECT id, at, version, note FROM events"))
                    .isEqualTo(after);
        }
    }

    private long chunks() {
        return database.number("SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'events'");
    }

    @Test
    void later_rows_alone() throws Exception {
        database.execute(
                "TRUNCATE events; INSERT INTO events SELECT i, now() - i * interval '1 day', 0, 'n' || i FROM generate_series(0, 59) AS i");
        forward.put(
                "catch-up",
                () -> database.execute(
                        "UPDATE events SET version = 1 WHERE id IN (2, 40); DELETE FROM events WHERE id IN (3, 41); INSERT INTO events VALUES (100, now()), (101, now() - interval '33 days')"));
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(since("10 days"));
            String rows = "SELECT count(*) || ' ' || sum(hashtextextended(e::text, 0)) FROM %s AS e";

            assertThat(database.column("SELECT id FROM events ORDER BY id"))
                    .containsExactly("0", "1", "2", "4", "5", "6", "7", "8", "9", "10", "100");
            assertThat(database.value(rows.formatted("events_all")))
                    .isEqualTo(database.value(rows.formatted("events_old")));
            database.execute("INSERT INTO events VALUES (102, now() - interval '44 days')");
            String all = database.value(rows.formatted("events_all"));

            tidemark.undo(List.of(EVENTS));

            assertThat(database.value(rows.formatted("events"))).isEqualTo(all);
        }
    }

    private static ConversionRequest since(String length) {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(Requests.daily(
                        EVENTS,
                        "at",
                        new Partitioning(
                                "UTC", 2, Optional.empty(), false, Optional.of(Interval.parse(length)), false))),
                Options.DEFAULTS);
    }

    private Tidemark tidemark(Connection connection) {
        return Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, new Listener() {
            @Override
            public void stepStarts(Step step, int ordinal, int of, boolean back) {
                Happening happening = (back ? backward : forward).remove(step.id());
                if (happening != null) {
                    CopyScenario.happen(happening);
                }
            }
        });
    }

    private ConversionRequest request(Goal goal, String interval) {
        boolean integer = database.value(
                        "SELECT data_type FROM information_schema.columns WHERE table_name = 'events' AND column_name = 'at' LIMIT 1")
                .equals("integer");
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        EVENTS,
                        goal == Goal.PLAIN_TABLE ? ConversionTarget.AS_IT_IS : "at",
                        integer ? Optional.of(Epoch.S) : Optional.empty(),
                        Optional.ofNullable(goal == Goal.PLAIN_TABLE ? null : interval)
                                .map(Interval::parse),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        goal == Goal.PARTITIONS
                                ? Optional.of(new Partitioning("UTC", 2, Optional.empty(), false))
                                : Optional.empty())),
                Options.DEFAULTS);
    }
}
