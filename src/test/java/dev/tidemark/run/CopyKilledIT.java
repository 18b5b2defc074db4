package dev.tidemark.run;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.run.Strike.Weapon;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills a copy and its way back at the end of a step, as {@link FaultsIT} does with the conversions that copy nothing. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "a copy that is killed at any step ends as an undisturbed one does, by the same command")
class CopyKilledIT {
    private static final List<String> FORWARD = List.of(
            "capture",
            "new-table",
            "copy-1",
            "copy-2",
            "indexes-1",
            "indexes-2",
            "catch-up",
            "prove-1",
            "prove-2",
            "judge",
            "statistics",
            "cutover",
            "validate-foreign-keys");
    private static final List<String> BACK = List.of(
            "way-back",
            "catch-up-back",
            "prove-back-1",
            "prove-back-2",
            "judge-back",
            "cutover",
            "validate-foreign-keys-back",
            "new-table",
            "capture");
    /** In every build; {@code -Dtidemark.faults=all} takes every step with both weapons. */
    private static final int BLOWS = 10;

    private record Blow(String step, boolean back, Weapon weapon) {
        @Override
        public String toString() {
            return weapon + " in " + step + (back ? " on the way back" : "");
        }
    }

    static Stream<Blow> blows() {
        List<Blow> blows = new ArrayList<>();
        for (Weapon weapon : Weapon.values()) {
            FORWARD.forEach(step -> blows.add(new Blow(step, false, weapon)));
            BACK.forEach(step -> blows.add(new Blow(step, true, weapon)));
        }
        if ("all".equals(System.getProperty("tidemark.faults"))) {
            return blows.stream();
        }
        long seed = Long.getLong("tidemark.seed", System.nanoTime());
        System.out.println("Blows at copies are chosen by -Dtidemark.seed=" + seed);
        Collections.shuffle(blows, new Random(seed));
        return blows.stream().limit(BLOWS);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("blows")
    void ends_as_an_undisturbed_run_does(Blow blow, Database database, Database undisturbed) throws Exception {
        SmallScenario scenario = SmallScenario.in(database);
        SmallScenario control = SmallScenario.in(undisturbed);
        var rows = scenario.rows();
        control.launch().run(SmallScenario.copy()).succeeded();
        if (blow.back()) {
            scenario.launch().run(SmallScenario.copy()).succeeded();
            control.launch().run(SmallScenario.rollbackCopy()).succeeded();
        } else {
            try (Connection connection = database.connect()) {
                new Journal(new Session(connection), "tidemark").install();
            }
        }
        String[] command = blow.back() ? SmallScenario.rollbackCopy() : SmallScenario.copy();

        Strike.hit(scenario, blow.step(), blow.back(), blow.weapon(), command);
        List<List<String>> done =
                database.rows("SELECT s::text FROM tidemark.slice AS s WHERE state = 'DONE' ORDER BY number");
        scenario.again(command).succeeded();

        assertThat(scenario.state()).isEqualTo(blow.back() ? "UNDONE" : "DONE");
        assertThat(scenario.rows()).isEqualTo(rows);
        assertThat(scenario.applicationsDefinition()).isEqualTo(control.applicationsDefinition());
        assertThat(database.rows("SELECT s::text FROM tidemark.slice AS s WHERE state = 'DONE' ORDER BY number"))
                .containsAll(done);
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(blow.back() ? 0 : 1);
    }
}
