package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.run.Strike.Weapon;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a conversion and its way back in every step: Liquibase by SIGKILL, or its session by pg_terminate_backend, at the moment when a
 * step's work is done and not committed. The same command, given once more, must end as an undisturbed run does.
 */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "killed at every step, the same command ends as an undisturbed run does")
class FaultsIT {
    private static final List<String> STEPS = List.of(
            "prove-ranges",
            "copy-default",
            "join-foreign-keys",
            "validate-foreign-keys",
            "cutover",
            "way-back",
            "statistics");

    private record Blow(String step, boolean back, Weapon weapon) {
        @Override
        public String toString() {
            return weapon + " in " + step + (back ? " on the way back" : "");
        }
    }

    static Stream<Blow> blows() {
        List<Blow> blows = new ArrayList<>();
        for (String step : STEPS) {
            for (boolean back : new boolean[] {false, true}) {
                for (Weapon weapon : Weapon.values()) {
                    blows.add(new Blow(step, back, weapon));
                }
            }
        }
        // In every build each step is killed once in each direction, the weapons taking turns; -Dtidemark.faults=all
        // takes both.
        return "all".equals(System.getProperty("tidemark.faults"))
                ? blows.stream()
                : IntStream.range(0, blows.size())
                        .filter(i -> i / 2 % 2 == i % 2)
                        .mapToObj(blows::get);
    }

    /** Finalizing has no way back: it must get to its end. */
    @ParameterizedTest
    @CsvSource({
        "prove-again, SIGKILL",
        "drop-retired, SIGKILL",
        "drop-retired, TERMINATE_BACKEND",
        "start-policies, TERMINATE_BACKEND"
    })
    void finalizing_is_gone_on_with(String step, Weapon weapon, Database database, Database undisturbed) {
        SmallScenario scenario = SmallScenario.in(database);
        SmallScenario control = SmallScenario.in(undisturbed);
        var rows = scenario.rows();
        for (SmallScenario each : List.of(control, scenario)) {
            each.launch().run(SmallScenario.update()).succeeded();
        }
        control.launch().run(SmallScenario.finish()).succeeded();

        Strike.hit(scenario, step, false, weapon, SmallScenario.finish());
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(1);
        if (step.equals("start-policies")) {
            Output abort = scenario.launch().run("tidemark", "abort", "--table=messages");
            assertThat(abort.exitCode()).isEqualTo(1);
            assertThat(abort.stderr()).contains("was finalized: what its way back needed is gone", "to its end");
        }
        scenario.again(SmallScenario.finish()).succeeded();

        assertThat(database.column("SELECT kind || ' ' || state FROM tidemark.run ORDER BY started_at"))
                .containsExactly("convertToHypertable FINALIZED", "finalizeConversion DONE");
        assertThat(database.column("SELECT DISTINCT state FROM tidemark.step")).containsExactly("DONE");
        assertThat(database.column("SELECT relname FROM pg_class WHERE relname IN ('messages_old', 'readings_old')"))
                .isEmpty();
        assertThat(scenario.rows()).isEqualTo(rows);
        assertThat(scenario.definition()).isEqualTo(control.definition());
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("blows")
    void ends_as_an_undisturbed_run_does(Blow blow, Database database, Database undisturbed) throws Exception {
        SmallScenario scenario = SmallScenario.in(database);
        SmallScenario control = SmallScenario.in(undisturbed);
        var rows = scenario.rows();
        var storage = scenario.storage();
        control.launch().run(SmallScenario.update()).succeeded();
        if (blow.back()) {
            scenario.launch().run(SmallScenario.update()).succeeded();
            control.launch().run(SmallScenario.rollback()).succeeded();
        } else {
            try (Connection connection = database.connect()) {
                new Journal(new Session(connection), "tidemark").install();
            }
        }
        String[] command = blow.back() ? SmallScenario.rollback() : SmallScenario.update();

        Strike.hit(scenario, blow.step(), blow.back(), blow.weapon(), command);
        scenario.again(command).succeeded();

        assertThat(scenario.state()).isEqualTo(blow.back() ? "UNDONE" : "DONE");
        assertThat(scenario.rows()).isEqualTo(rows);
        assertThat(scenario.storage())
                .containsAll(storage.stream()
                        .filter(s -> !s.get(0).contains("default"))
                        .toList());
        assertThat(scenario.definition()).isEqualTo(control.definition());
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(blow.back() ? 0 : 1);
    }
}
