package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.CutoverHours;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The cutover comes in its hours and not before, with a proof that is fresh. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a cutover comes in its hours, and what was proved is fresh then")
class CopyHoursIT {
    private static final ZoneId ZONE = ZoneId.of("Asia/Kathmandu");

    /** As soon as hours can begin that have not begun yet. */
    private static Instant opening() {
        return Instant.now().plusSeconds(20).truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
    }

    private static UntilCutover from(Instant opening) {
        ZonedDateTime local = opening.atZone(ZONE);
        return new UntilCutover(
                false,
                Optional.of(new CutoverHours(
                        local.toLocalTime(), local.toLocalTime().plusHours(2), ZONE)),
                OptionalLong.empty());
    }

    @Test
    void the_cutover_waits_for_its_hours_and_goes_on_replaying(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        Instant opening = opening();
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .until(from(opening))
                .before("hours", () -> database.execute("UPDATE events SET body = 'while it waits' WHERE id < 3000"));

        scenario.convert();

        assertThat(scenario.heard().get(0)).startsWith("waits until ");
        assertThat(database.value("SELECT cutover_at >= '" + opening + "' FROM tidemark.run"))
                .isEqualTo("t");
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number("SELECT count(*) FROM events WHERE body = 'while it waits'"))
                .isPositive();
    }

    @Test
    void a_run_that_waits_for_its_hours_can_be_stopped_and_goes_on(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario =
                CopyScenario.ofEvents(database).until(from(Instant.now().plusSeconds(7200)));
        try (Connection connection = database.connect()) {
            Tidemark tidemark = scenario.on(connection);
            Thread stopper = new Thread(() -> {
                Await.until(
                        "it waits for its hours",
                        Duration.ofMinutes(1),
                        () -> scenario.heard().size() == 1);
                tidemark.stop();
            });
            stopper.start();
            assertThatThrownBy(() -> tidemark.apply(scenario.request())).hasMessageContaining("Stopped as asked");
            stopper.join();
        }
        assertThat(scenario.state()).isEqualTo("RUNNING");

        scenario.until(UntilCutover.DEFAULTS).convert();

        assertThat(scenario.state()).isEqualTo("DONE");
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** The journal is made to say that it was proved hours ago. */
    @Test
    void a_proof_that_has_grown_old_is_taken_again(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "judge",
                        () -> database.execute(
                                "UPDATE tidemark.slice SET finished_at = finished_at - interval '2 hours'; UPDATE events_new SET body = 'forged' WHERE id = 77"));

        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM500", "row (77", "differs in body");
        assertThat(scenario.heard()).containsExactly("proves again");

        scenario.abort();
        assertThat(database.number("SELECT count(*) FROM events WHERE body = 'forged'"))
                .isZero();
    }

    /** A way back could not have its window, and is taken hours later. */
    @Test
    void a_proof_of_the_way_back_that_has_grown_old_is_taken_again(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        scenario.beforeBack("cutover", () -> {
            throw new IllegalStateException("broken off");
        });
        assertThatThrownBy(scenario::goBack).hasStackTraceContaining("broken off");
        database.execute(
                "UPDATE tidemark.slice SET finished_at = finished_at - interval '2 hours'; UPDATE events_old SET body = 'forged' WHERE id = 77");
        scenario.beforeBack("cutover", () -> {});

        assertThatThrownBy(scenario::goBack).hasMessageContainingAll("TM500", "row (77", "differs in body");
        assertThat(scenario.heard()).containsExactly("proves again");

        database.execute("UPDATE events SET body = body || '' WHERE id = 77");
        scenario.goBack();
        assertThat(database.number("SELECT count(*) FROM events WHERE body = 'forged'"))
                .isZero();
    }

    @Test
    void what_waited_for_its_cutover_is_proved_again(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario =
                CopyScenario.ofEvents(database).until(new UntilCutover(true, Optional.empty(), OptionalLong.empty()));
        scenario.convert();
        assertThat(scenario.state()).isEqualTo("WAITING_FOR_CUTOVER");
        database.execute(
                "UPDATE events_new SET body = 'forged' WHERE id = 77; UPDATE events SET body = 'later' WHERE id = 78");

        assertThatThrownBy(() -> scenario.cutover(new CutoverRequest(CopyScenario.EVENTS)))
                .hasMessageContainingAll("TM500", "row (77", "differs in body");
        // The cause is removed; the same command goes on.
        database.execute("UPDATE events SET body = body || '' WHERE id = 77");
        scenario.cutover(new CutoverRequest(CopyScenario.EVENTS));

        assertThat(scenario.state()).isEqualTo("DONE");
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }
}
