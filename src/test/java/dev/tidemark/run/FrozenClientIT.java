package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that freezes while it holds a window's locks must not freeze the application with it. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "a frozen client frees its locks within maxPause + 1 s")
class FrozenClientIT {
    private static final Duration LIMIT = Duration.ofSeconds(2 + 1);

    @ParameterizedTest
    @CsvSource({"false, true", "false, false", "true, true"})
    void a_frozen_client_frees_its_locks_in_time(boolean back, boolean thaws, Database database) throws Exception {
        SmallScenario scenario = SmallScenario.in(database);
        var rows = scenario.rows();
        if (back) {
            scenario.launch().run(SmallScenario.update()).succeeded();
        } else {
            try (Connection connection = database.connect()) {
                new Journal(new Session(connection), "tidemark").install();
            }
        }
        String[] command = back ? SmallScenario.rollback() : SmallScenario.update();
        holdTheWindowOpen(database);

        try (LiquibaseProcess process = scenario.launch().start(command)) {
            int pid = awaitHolder(database, process);
            process.freeze();
            assertThat(database.number("SELECT count(*) FROM pg_locks WHERE pid = " + pid
                            + " AND relation = 'messages'::regclass AND mode = 'AccessExclusiveLock' AND granted"))
                    .as("it was hit")
                    .isOne();
            long begin = System.nanoTime();
            database.execute("UPDATE messages SET body = body WHERE id = 1");
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            System.out.println("Client frozen in the window" + (back ? " of the way back" : "") + ": a writer waited "
                    + waited.toMillis() + " ms");
            assertThat(waited).isLessThanOrEqualTo(LIMIT);
            database.execute("DROP SCHEMA faults CASCADE");
            if (thaws) {
                process.thaw();
                process.await(Duration.ofMinutes(1));
            } else {
                process.kill();
            }
        }
        scenario.again(command).succeeded();

        assertThat(scenario.state()).isEqualTo(back ? "UNDONE" : "DONE");
        assertThat(scenario.rows()).isEqualTo(rows);
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(back ? 0 : 1);
    }

    /** The window's last but one statement takes long enough to be seen. */
    private static void holdTheWindowOpen(Database database) {
        database.execute("CREATE SCHEMA faults");
        database.execute(
                "CREATE FUNCTION faults.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END $$");
        database.execute("CREATE TRIGGER hold BEFORE INSERT ON tidemark.lock_log FOR EACH ROW "
                + "WHEN (NEW.step = 'cutover' AND NEW.outcome = 'committed') EXECUTE FUNCTION faults.hold()");
    }

    private static int awaitHolder(Database database, LiquibaseProcess process) {
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (true) {
            var pids = database.column(
                    "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
                            + " AND query LIKE '%lock_log%' AND pid <> pg_backend_pid()");
            if (!pids.isEmpty()) {
                return Integer.parseInt(pids.get(0));
            }
            assertThat(process.isRunning())
                    .as(process.stdout() + process.stderr())
                    .isTrue();
            assertThat(System.nanoTime()).as("waited for a minute").isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
