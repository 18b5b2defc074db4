package dev.tidemark;

import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Listener;
import dev.tidemark.schema.Interval;
import dev.tidemark.session.Siblings;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hypertable with compressed chunks and policies is copied, and comes back with both. One connection is enough. */
@PostgresTest(needs = COMMUNITY, promise = "compressed chunks are read where they lie, and policies rest meanwhile")
class CompressedSourceIT {
    private static final TableName EVENTS = new TableName("public", "events");

    /** Ten chunks, of which eight are compressed; nothing is old enough for the policies, which a server with workers runs at once. */
    private static final List<String> TABLES = List.of(
            "DROP SCHEMA IF EXISTS tidemark CASCADE",
            "DROP TABLE IF EXISTS events_old",
            "DROP TABLE IF EXISTS events",
            "CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, \"kind \"\"k\" int, note text, PRIMARY KEY (id, at))",
            "SELECT create_hypertable('events', by_range('at', interval '1 day'))",
            "INSERT INTO events SELECT i, '2026-10-01 00:00+00'::timestamptz + i * interval '10 minutes', i % 5, 'n' || i FROM generate_series(0, 1439) AS i",
            "ALTER TABLE events SET (timescaledb.compress, timescaledb.compress_segmentby = '\"kind \"\"k\"', timescaledb.compress_orderby = 'at DESC, id')",
            "SELECT compress_chunk(c) FROM show_chunks('events', older_than => '2026-10-09 00:00+00'::timestamptz) AS c",
            "SELECT add_retention_policy('events', interval '9999 days', schedule_interval => interval '5 hours')",
            "SELECT add_compression_policy('events', interval '9998 days')",
            "SELECT alter_job(add_reorder_policy('events', 'events_at_idx'), scheduled => false)");

    private static final String JOBS =
            """
            SELECT concat_ws(' ', hypertable_name, proc_name, schedule_interval::text, scheduled::text,
                             coalesce(config ->> 'drop_after', config ->> 'compress_after', config ->> 'index_name'))
              FROM timescaledb_information.jobs WHERE hypertable_name LIKE 'events%' ORDER BY 1""";

    private static final String COMPRESSED =
            "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'events' AND is_compressed";

    private static final String SETTINGS =
            """
            SELECT concat_ws(' ', attname, segmentby_column_index, orderby_column_index, orderby_asc)
              FROM timescaledb_information.compression_settings WHERE hypertable_name = 'events'
               AND (segmentby_column_index IS NOT NULL OR orderby_column_index IS NOT NULL) ORDER BY 1""";

    private static final String[] AS_IT_WAS = {
        "events policy_compression 12:00:00 true 9998 days",
        "events policy_reorder 12:00:00 false events_at_idx",
        "events policy_retention 05:00:00 true 9999 days"
    };

    /** The WebAssembly server's process ends when a job is deleted, or a chunk compressed, in the middle of a run. */
    @PostgresTest(needs = SEVERAL_SESSIONS, promise = "compressed chunks are copied while they change")
    @ParameterizedTest
    @EnumSource(
            value = Goal.class,
            names = {"HYPERTABLE", "PARTITIONS", "PLAIN_TABLE"})
    void compressed_rows_are_copied_and_changed_and_come_back(Goal goal, Database database) throws Exception {
        try (Connection connection = database.connect()) {
            for (String statement : TABLES) {
                execute(connection, statement);
            }
            assertThat(column(connection, JOBS)).containsExactlyInAnyOrder(AS_IT_WAS);
            // While rows are copied: compressed ones change and go, a chunk is compressed, one is decompressed, one
            // comes.
            Tidemark tidemark = tidemark(connection, "copy", () -> {
                execute(connection, "DELETE FROM events WHERE id IN (3, 300)");
                execute(connection, "UPDATE events SET note = 'changed' WHERE id = 301");
                execute(
                        connection,
                        "INSERT INTO events VALUES (-1, '2026-10-02 03:00:01+00', 1, 'late'), (-2, '2026-11-02 00:00+00', 1, 'early')");
                execute(
                        connection,
                        "SELECT compress_chunk(c) FROM show_chunks('events', newer_than => '2026-10-09 00:00+00'::timestamptz, older_than => '2026-10-10 00:00+00'::timestamptz) AS c");
                execute(
                        connection,
                        "SELECT decompress_chunk(c) FROM show_chunks('events', older_than => '2026-10-02 00:00+00'::timestamptz) AS c");
                assertThat(column(connection, JOBS)).allMatch(job -> job.contains(" false "));
            });

            tidemark.apply(request(goal, Strategy.COPY));

            assertThat(column(
                            connection,
                            "SELECT id || coalesce(note, '') FROM events WHERE id < 0 OR note = 'changed' ORDER BY id"))
                    .containsExactly("-2early", "-1late", "301changed");
            assertThat(column(connection, "SELECT count(*) FROM events")).containsExactly("1440");
            if (goal == Goal.HYPERTABLE) {
                assertThat(column(connection, JOBS))
                        .filteredOn(job -> job.startsWith("events "))
                        .containsExactlyInAnyOrder(java.util.Arrays.stream(AS_IT_WAS)
                                .map(job -> job.replace(" true ", " false "))
                                .toArray(String[]::new));
                assertThat(column(connection, SETTINGS)).containsExactly("at 1 f", "id 2 t", "kind \"k 1");
            }
            execute(connection, "DELETE FROM events WHERE id IN (500, 501)");
            execute(connection, "UPDATE events SET note = 'since' WHERE id = 502");
            execute(connection, "INSERT INTO events VALUES (-3, '2026-10-06 03:00:01+00', 1, 'since')");
            Rows rows = Rows.of(connection, "events");

            tidemark.undo(List.of(EVENTS));

            assertThat(Rows.of(connection, "events")).isEqualTo(rows);
            assertThat(column(connection, JOBS)).containsExactlyInAnyOrder(AS_IT_WAS);
            assertThat(column(connection, COMPRESSED))
                    .as("nothing was decompressed for good")
                    .containsExactly("8");
            assertThat(
                            column(
                                    connection,
                                    "SELECT count(*) FROM show_chunks('events') AS c, LATERAL (SELECT reltuples FROM pg_class WHERE oid = c) AS r"))
                    .containsExactly("11");
        }
    }

    @PostgresTest(needs = SEVERAL_SESSIONS, promise = "policies of a hypertable that is copied rest, and begin again")
    @Test
    void policies_begin_again_when_the_new_hypertable_is_final(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            for (String statement : TABLES) {
                execute(connection, statement);
            }
            Tidemark tidemark = tidemark(connection, "", () -> {});
            tidemark.apply(request(Goal.HYPERTABLE, Strategy.COPY));
            tidemark.finalizeConversion(
                    new FinalizeRequest(EVENTS, "events", Duration.ZERO, false, Duration.ofSeconds(5)));

            assertThat(column(connection, JOBS)).containsExactlyInAnyOrder(AS_IT_WAS);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "COPY", "ADOPT"})
    void a_continuous_aggregate_is_refused_by_name(Strategy strategy, Database database) throws Exception {
        try (Connection connection = database.connect()) {
            for (String statement : TABLES) {
                execute(connection, statement);
            }
            execute(
                    connection,
                    "CREATE MATERIALIZED VIEW by_day WITH (timescaledb.continuous) AS SELECT time_bucket('1 day', at) AS day, count(*) FROM events GROUP BY 1 WITH NO DATA");
            Tidemark tidemark = tidemark(connection, "", () -> {});

            assertThatThrownBy(() -> tidemark.apply(request(Goal.PARTITIONS, strategy)))
                    .hasMessageContaining(
                            "TM304 Continuous aggregate \"public\".\"by_day\" is fed by \"public\".\"events\"");
            execute(connection, "DROP MATERIALIZED VIEW by_day");
        }
    }

    private static Tidemark tidemark(Connection connection, String step, Happening happening) {
        return Tidemark.on(connection, Siblings.NONE, Tidemark.DEFAULT_SCHEMA, new Listener() {
            @Override
            public void stepStarts(Step starting, int ordinal, int of, boolean back) {
                if (!back && starting.id().equals(step)) {
                    try {
                        happening.happen();
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
    }

    private interface Happening {
        void happen() throws SQLException;
    }

    private static ConversionRequest request(Goal goal, Strategy strategy) {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        EVENTS,
                        goal == Goal.PLAIN_TABLE ? ConversionTarget.AS_IT_IS : "at",
                        Optional.empty(),
                        Optional.ofNullable(goal == Goal.PLAIN_TABLE ? null : Interval.parse("3 days")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        goal == Goal.PARTITIONS
                                ? Optional.of(new Partitioning("UTC", 0, Optional.empty(), false))
                                : Optional.empty())),
                new Options(
                        strategy,
                        Options.DEFAULTS.maxPause(),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.CONTENTS));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> column(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
