package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SMALL_DISK;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Limit;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A copy that does not fit onto the disk is not begun. The disk is a real one of 64 MB. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS, SMALL_DISK},
        promise = "a copy that cannot fit is refused before anything is copied")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CopyDiskIT {
    private static final int MEGABYTES = 64;

    private final TestServer server;
    private final Database database;

    CopyDiskIT(TestServer server, Database database) {
        this.server = server;
        this.database = database;
    }

    @BeforeAll
    void disk() {
        database.execute("CREATE TABLESPACE forecast LOCATION '" + server.smallDisk(MEGABYTES) + "'");
    }

    @AfterAll
    void noDisk() {
        database.execute("DROP TABLE IF EXISTS events, events_old");
        database.execute("DROP TABLESPACE forecast");
    }

    @Test
    void what_does_not_fit_is_refused_with_its_bytes() throws SQLException {
        table(40);
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            Plan plan = tidemark.plan(request());

            assertThat(plan.isGo()).isFalse();
            assertThat(plan.blockers())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.code()).isEqualTo("TM222"))
                    .extracting(Finding::what)
                    .asString()
                    .matches(
                            "tablespace forecast has \\d+ MB free, and the copy with its indexes takes 4\\d MB: .* bytes\\)\\.");
            assertThatThrownBy(() -> tidemark.apply(request()))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("TM222");
            assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();
        }
    }

    @Test
    void what_would_leave_less_than_the_reserve_is_not_begun_until_somebody_says_so() throws SQLException {
        table(4);
        Rows before = Rows.of(database, "events");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            Plan plan = tidemark.plan(request());
            assertThat(plan.isGo()).isTrue();
            assertThat(plan.findings()).extracting(Finding::code).contains("TM223");

            assertThatThrownBy(() -> tidemark.apply(request()))
                    .isInstanceOf(RetryLater.class)
                    .hasMessageContainingAll("not begun", "tablespace forecast", "4.", "--disk-reserve");
            assertThat(database.number("SELECT count(*) FROM events_new")).isZero();
            assertThat(database.number("SELECT count(*) FROM tidemark.slice WHERE state = 'DONE'"))
                    .isZero();

            tidemark.limits(
                    CopyScenario.EVENTS, ControlChange.NONE.limit(Limit.DISK_RESERVE, OptionalLong.of(1_000_000)));
            assertThat(tidemark.apply(request()).result()).isEqualTo(Outcome.Result.DONE);
            assertThat(Rows.of(database, "events")).isEqualTo(before);
            tidemark.undo(List.of(CopyScenario.EVENTS));
        }
        database.execute("DROP SCHEMA tidemark CASCADE");
    }

    @Test
    void who_may_not_know_is_told_so_and_may_go_on() throws SQLException {
        table(40);
        database.execute("CREATE ROLE tm_forecast_owner");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE events OWNER TO tm_forecast_owner");
            statement.execute("GRANT CREATE ON SCHEMA public TO tm_forecast_owner");
            statement.execute("GRANT CREATE ON DATABASE " + database.name() + " TO tm_forecast_owner");
            statement.execute("SET ROLE tm_forecast_owner");
            Plan plan = Tidemark.on(connection).plan(request());

            assertThat(plan.isGo()).as(plan.findings().toString()).isTrue();
            assertThat(plan.findings())
                    .filteredOn(finding -> finding.code().equals("TM224"))
                    .singleElement()
                    .extracting(Finding::what)
                    .asString()
                    .contains("GRANT pg_execute_server_program TO \"tm_forecast_owner\"");
            statement.execute("RESET ROLE");
            statement.execute("DROP TABLE events; DROP OWNED BY tm_forecast_owner; DROP ROLE tm_forecast_owner");
        }
    }

    /** A table of so many megabytes on the small disk, a kilobyte a row. */
    private void table(int megabytes) {
        database.execute("DROP TABLE IF EXISTS events, events_old; DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute(
                "CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) TABLESPACE forecast;"
                        + " INSERT INTO events SELECT n, '2026-11-01 00:00Z'::timestamptz + n * interval '1 second', repeat('x', 930) FROM generate_series(1, "
                        + megabytes * 1_000 + ") AS n");
    }

    private static ConversionRequest request() {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(new ConversionTarget(
                        CopyScenario.EVENTS,
                        "at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 month")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning("UTC", 1, Optional.empty(), false)))),
                Options.DEFAULTS.with(Strategy.COPY));
    }
}
