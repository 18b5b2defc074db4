package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Limit;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.LogLimit;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A log of changes that becomes too large ends the run, whether or not somebody is there to see it, and never the application. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a log of changes that reaches its limit ends the run and never the application")
class CopyLogLimitIT {
    private static final String MUCH =
            "INSERT INTO events (id, at, code) SELECT n, '2026-01-02 00:00Z', n FROM generate_series(%s, %s) AS n";

    @Test
    void at_half_it_is_said_and_at_the_limit_the_run_is_taken_back(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .until(new UntilCutover(false, Optional.empty(), OptionalLong.of(LogLimit.LEAST)))
                .before("copy", () -> database.execute(MUCH.formatted(100_000, 115_000)))
                // The log is looked at every five seconds.
                .before("indexes", () -> {
                    Thread.sleep(5_100);
                    database.execute(MUCH.formatted(200_000, 240_000));
                });

        assertThatThrownBy(scenario::convert)
                .hasMessageContainingAll(
                        "The log of changes of \"public\".\"events\" has reached its limit of 1.0 MB, so the conversion was taken back",
                        "--log-limit");

        assertThat(scenario.heard())
                .containsExactly(
                        "log of \"public\".\"events\" grows to the limit of 1000000",
                        "The log of changes of \"public\".\"events\" has reached its limit of 1.0 MB");
        assertThat(scenario.state()).isEqualTo("UNDONE");
        assertThat(left(database)).isEmpty();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(5499 + 15_001 + 40_001);
    }

    /** Nobody is there: the trigger sees to it. */
    @Test
    void while_it_waits_for_its_cutover_the_log_ends_at_the_limit(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .until(new UntilCutover(true, Optional.empty(), OptionalLong.of(LogLimit.LEAST)));
        scenario.convert();
        for (int i = 0; i < 6; i++) {
            database.execute(MUCH.formatted(100_000 + i * 10_000, 109_999 + i * 10_000));
        }
        database.execute(
                "UPDATE events SET code = -code WHERE id BETWEEN 100000 AND 100999; DELETE FROM events WHERE id < 10");

        assertThat(logBytes(database)).isBetween(LogLimit.LEAST, LogLimit.LEAST + 100_000);
        Rows rows = Rows.of(database, "events");
        try (Connection connection = database.connect()) {
            assertThat(scenario.on(connection)
                            .changeLogs(scenario.on(connection)
                                    .status(Optional.of(CopyScenario.EVENTS))
                                    .get(0)))
                    .singleElement()
                    .matches(log -> log.full());
        }

        assertThatThrownBy(() -> scenario.cutover(new CutoverRequest(CopyScenario.EVENTS)))
                .hasMessageContaining("so the conversion was taken back");

        assertThat(scenario.state()).isEqualTo("UNDONE");
        assertThat(left(database)).isEmpty();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    @Test
    void a_limit_that_is_taken_off_in_time_keeps_the_run(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .until(new UntilCutover(true, Optional.empty(), OptionalLong.of(LogLimit.LEAST)));
        scenario.convert();
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .limits(CopyScenario.EVENTS, ControlChange.NONE.limit(Limit.LOG, OptionalLong.empty()));
        }
        database.execute(MUCH.formatted(100_000, 150_000));
        Rows rows = Rows.of(database, "events");

        scenario.cutover(new CutoverRequest(CopyScenario.EVENTS));

        assertThat(scenario.state()).isEqualTo("DONE");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    private static long logBytes(Database database) {
        return database.number(
                "SELECT pg_relation_size(oid) FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relname LIKE 'capture\\_%' AND relkind = 'r'");
    }

    private static List<String> left(Database database) {
        return database.column(
                "SELECT relname FROM pg_class WHERE relname = 'events_new' OR relname LIKE 'capture\\_%'"
                        + " UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgname LIKE 'tidemark%'");
    }
}
