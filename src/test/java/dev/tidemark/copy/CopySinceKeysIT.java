package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Tuning;
import dev.tidemark.schema.Interval;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rows that a copy leaves behind reference rows of other tables, which go on living. */
@PostgresTest(needs = SEVERAL_SESSIONS)
class CopySinceKeysIT {
    private static final String EVENTS =
            """
            CREATE TABLE endpoint (id integer PRIMARY KEY, url text);
            INSERT INTO endpoint SELECT n, 'u' || n FROM generate_series(1, 20) AS n;
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, endpoint_id integer
                CONSTRAINT events_endpoint REFERENCES endpoint %s);
            CREATE INDEX ON events (endpoint_id);
            INSERT INTO events SELECT n, now() - n * interval '144 minutes', 1 + n %% 20 FROM generate_series(0, 899) AS n""";

    @Test
    void what_the_rest_references_has_gone(Database database) throws Exception {
        database.execute(EVENTS.formatted("ON DELETE CASCADE"));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);
        database.execute("DELETE FROM endpoint WHERE id = 7");
        String state = scenario.state();

        assertThatThrownBy(() -> goBack(database, scenario))
                .hasMessageContainingAll("TM502", "\"events_old\"", "\"endpoint\"", "events_endpoint", "DELETE FROM");

        assertThat(scenario.state()).isEqualTo(state);
    }

    private static void apply(Database database, CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(request());
        }
    }

    private static void goBack(Database database, CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).undo(List.of(CopyScenario.EVENTS), Tuning.of(Duration.ofSeconds(4)));
        }
    }

    private static ConversionRequest request() {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(new ConversionTarget(
                        CopyScenario.EVENTS,
                        "at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning(
                                "Europe/Berlin",
                                3,
                                Optional.empty(),
                                false,
                                Optional.of(Interval.parse("15 days")),
                                false)))),
                Options.DEFAULTS);
    }
}
