package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Listener;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TimescaleDB finds the keys of chunks by their names: those must fit when a hypertable has got its name, or got it back. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a key that is dropped from a hypertable goes from its chunks too")
class CopiedKeysIT {
    private static final TableName EVENTS = new TableName("public", "events");

    /** Those of chunks that do not have the name that TimescaleDB gives. */
    private static final String OTHERWISE =
            """
            SELECT k.conrelid::regclass || ' ' || k.conname FROM pg_constraint AS k JOIN show_chunks('events') AS c ON c = k.conrelid
             WHERE k.contype IN ('p', 'u') AND k.conname !~ '^\\d+(_\\d+)?_events_(pkey|at_code_key)$'""";

    private static final String KEYS =
            """
            SELECT k.conrelid::regclass || ' ' || k.conname FROM pg_constraint AS k JOIN show_chunks('events') AS c ON c = k.conrelid
             WHERE k.contype IN ('p', 'u')""";

    private final Database database;

    CopiedKeysIT(Database database) {
        this.database = database;
        database.execute(
                """
                DROP SCHEMA IF EXISTS tidemark CASCADE;
                DROP TABLE IF EXISTS events_old;
                DROP TABLE IF EXISTS events;
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, code int, PRIMARY KEY (id, at), UNIQUE (at, code))""");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void of_a_table_that_has_become_a_hypertable_by_copy(boolean hypertable) throws Exception {
        if (hypertable) {
            database.execute("SELECT create_hypertable('events', by_range('at', interval '7 days'))");
        }
        fill();
        try (Connection connection = database.connect()) {
            tidemark(connection).apply(request(Goal.HYPERTABLE));
        }
        database.execute("INSERT INTO events VALUES (-1, '2026-12-01 00:00+00', 1)");

        keysGo();
    }

    @ParameterizedTest
    @EnumSource(
            value = Goal.class,
            names = {"HYPERTABLE", "PARTITIONS", "PLAIN_TABLE"})
    void of_a_hypertable_that_was_copied_and_comes_back(Goal goal) throws Exception {
        database.execute("SELECT create_hypertable('events', by_range('at', interval '7 days'))");
        fill();
        try (Connection connection = database.connect()) {
            Tidemark tidemark = tidemark(connection);
            tidemark.apply(request(goal));
            // A key that came meanwhile comes along, and one that went has gone.
            database.execute("ALTER TABLE events DROP CONSTRAINT events_at_code_key");
            database.execute("ALTER TABLE events ADD UNIQUE (at, code)");
            tidemark.undo(List.of(EVENTS));
        }
        database.execute("INSERT INTO events VALUES (-1, '2026-12-01 00:00+00', 1)");

        keysGo();
    }

    private void keysGo() {
        assertThat(database.column(OTHERWISE)).isEmpty();
        database.execute("ALTER TABLE events DROP CONSTRAINT events_pkey");
        database.execute("ALTER TABLE events DROP CONSTRAINT events_at_code_key");
        assertThat(database.column(KEYS)).isEmpty();
        // Twice the same row: nothing enforces a key any more.
        database.execute("INSERT INTO events SELECT * FROM events");
    }

    private void fill() {
        database.execute(
                "INSERT INTO events SELECT i, '2026-10-01 00:00+00'::timestamptz + i * interval '1 hour', i FROM generate_series(0, 99) AS i");
    }

    private Tidemark tidemark(Connection connection) {
        return Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, Listener.SILENT);
    }

    private static ConversionRequest request(Goal goal) {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        EVENTS,
                        goal == Goal.PLAIN_TABLE ? ConversionTarget.AS_IT_IS : "at",
                        Optional.empty(),
                        goal == Goal.PLAIN_TABLE ? Optional.empty() : Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        goal == Goal.PARTITIONS
                                ? Optional.of(new Partitioning("UTC", 2, Optional.empty(), false))
                                : Optional.empty())),
                Options.DEFAULTS.with(Strategy.COPY));
    }
}
