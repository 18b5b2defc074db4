package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.run.Strike.Weapon;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kills the conversion of two hypertables to native partitions, and its way back, in every step; the same command goes on. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "killed at every step, the same command ends as an undisturbed run does")
class LeavingFaultsIT {
    @ParameterizedTest
    @CsvSource({
        "rest, false, SIGKILL",
        "new-table, false, TERMINATE_BACKEND",
        "room, false, SIGKILL",
        "cutover, false, TERMINATE_BACKEND",
        "statistics, false, SIGKILL",
        "cutover, true, SIGKILL",
        "new-table, true, TERMINATE_BACKEND",
        "rest, true, TERMINATE_BACKEND"
    })
    void ends_as_an_undisturbed_run_does(
            String step, boolean back, Weapon weapon, Database database, Database undisturbed) {
        SmallScenario scenario = SmallScenario.in(database);
        SmallScenario control = SmallScenario.in(undisturbed);
        var rows = scenario.rows();
        for (SmallScenario each : List.of(control, scenario)) {
            each.launch().run(SmallScenario.update()).succeeded();
            each.launch().run(SmallScenario.finish()).succeeded();
        }
        control.launch().run(SmallScenario.leave()).succeeded();
        if (back) {
            scenario.launch().run(SmallScenario.leave()).succeeded();
            control.launch().run(SmallScenario.rollbackLeave()).succeeded();
        }
        String[] command = back ? SmallScenario.rollbackLeave() : SmallScenario.leave();

        Strike.hit(scenario, step, back, weapon, command);
        scenario.again(command).succeeded();

        assertThat(scenario.state()).isEqualTo(back ? "UNDONE" : "DONE");
        assertThat(scenario.rows()).isEqualTo(rows);
        assertThat(scenario.definition()).isEqualTo(control.definition());
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(back ? 2 : 3);
        // The plain repeat of what is done does nothing.
        if (!back) {
            scenario.launch().run(command).succeeded();
            assertThat(scenario.rows()).isEqualTo(rows);
        }
    }
}
