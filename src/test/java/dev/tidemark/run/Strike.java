package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Kills Liquibase, or its session, at the moment when a step's work is done and not committed. */
final class Strike {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    enum Weapon {
        SIGKILL,
        TERMINATE_BACKEND
    }

    private Strike() {}

    /** Starts the command, waits until the step's own note is about to be committed, and kills. */
    static void hit(SmallScenario scenario, String step, boolean back, Weapon weapon, String... command) {
        Database database = scenario.database();
        database.execute("CREATE SCHEMA faults");
        database.execute(
                "CREATE FUNCTION faults.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$");
        database.execute("CREATE TRIGGER hold BEFORE UPDATE ON tidemark.step FOR EACH ROW WHEN (NEW.id = '"
                + step + "' AND NEW."
                + (back ? "down_done" : "up_done") + " >= OLD." + (back ? "down_done" : "up_done")
                + " AND NEW.state = '"
                + (back ? "UNDONE" : "DONE") + "') EXECUTE FUNCTION faults.hold()");
        try (LiquibaseProcess process = scenario.launch().start(command)) {
            int pid = sleeper(database, process);
            if (weapon == Weapon.SIGKILL) {
                process.kill();
            } else {
                assertThat(database.value("SELECT pg_terminate_backend(" + pid + ")"))
                        .isEqualTo("t");
                Output output = process.await(LIMIT);
                assertThat(output.exitCode()).as(output.stderr()).isNotZero();
            }
        }
        Await.until(
                "the session of what was killed ends",
                LIMIT,
                () -> database.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'")
                        == 0);
        database.execute("DROP SCHEMA faults CASCADE");
        // The first step of the way back only asks.
        String hit = !back ? "RUNNING" : step.equals("way-back") ? "DONE" : "UNDOING";
        assertThat(scenario.state()).as("it was hit").isEqualTo(hit);
    }

    private static int sleeper(Database database, LiquibaseProcess process) {
        List<String> pids = new ArrayList<>();
        Await.until(() -> "the step is reached; " + process.stdout() + process.stderr(), LIMIT, () -> {
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
}
