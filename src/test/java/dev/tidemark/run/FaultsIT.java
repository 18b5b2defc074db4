package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a conversion and its way back in every step: Liquibase by SIGKILL, or its session by pg_terminate_backend, at the moment when a
 * step's work is done and not committed. The same command, given once more, must end as an undisturbed run does.
 */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "killed at every step, the same command ends as an undisturbed run does")
class FaultsIT {
    private static final List<String> STEPS =
            List.of("prove-ranges", "join-foreign-keys", "validate-foreign-keys", "cutover", "way-back", "statistics");

    private enum Weapon {
        SIGKILL,
        TERMINATE_BACKEND
    }

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

        strike(scenario, blow, command);
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

    /** Starts the command, waits until the step's own note is about to be committed, and kills. */
    private static void strike(SmallScenario scenario, Blow blow, String... command) throws Exception {
        Database database = scenario.database();
        database.execute("CREATE SCHEMA faults");
        database.execute(
                "CREATE FUNCTION faults.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$");
        database.execute("CREATE TRIGGER hold BEFORE UPDATE ON tidemark.step FOR EACH ROW WHEN (NEW.id = '"
                + blow.step() + "' AND NEW."
                + (blow.back() ? "down_done" : "up_done") + " >= OLD." + (blow.back() ? "down_done" : "up_done")
                + " AND NEW.state = '"
                + (blow.back() ? "UNDONE" : "DONE") + "') EXECUTE FUNCTION faults.hold()");
        try (LiquibaseProcess process = scenario.launch().start(command)) {
            int pid = sleeper(database, process);
            if (blow.weapon() == Weapon.SIGKILL) {
                process.kill();
            } else {
                assertThat(database.value("SELECT pg_terminate_backend(" + pid + ")"))
                        .isEqualTo("t");
                Output output = process.await(Duration.ofMinutes(1));
                assertThat(output.exitCode()).as(output.stderr()).isNotZero();
            }
        }
        await(() -> database.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'")
                == 0);
        database.execute("DROP SCHEMA faults CASCADE");
        // The first step of the way back only asks.
        String hit = !blow.back() ? "RUNNING" : blow.step().equals("way-back") ? "DONE" : "UNDOING";
        assertThat(scenario.state()).as("it was hit").isEqualTo(hit);
    }

    private static int sleeper(Database database, LiquibaseProcess process) throws Exception {
        List<String> pids = new ArrayList<>();
        await(() -> {
            pids.addAll(database.column(
                    "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
                            + " AND query LIKE '%step%'"));
            assertThat(process.isRunning() || !pids.isEmpty())
                    .as(process.stdout() + process.stderr())
                    .isTrue();
            return !pids.isEmpty();
        });
        return Integer.parseInt(pids.get(0));
    }

    private interface Condition {
        boolean holds() throws SQLException;
    }

    private static void await(Condition condition) throws Exception {
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited for a minute").isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
