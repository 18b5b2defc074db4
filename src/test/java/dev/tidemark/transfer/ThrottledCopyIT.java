package dev.tidemark.transfer;

import static dev.tidemark.testing.Capability.ANOTHER;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.STANDBY;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Limit;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many rows a second a whole copy does before, during and after each cause of a rest, made for real: {@code target/throttle.md}. */
@Alone
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS, ANOTHER, STANDBY},
        promise = "while a copy rests not one slice is finished, and it goes on by itself")
class ThrottledCopyIT {
    private static final Set<String> MEASURED = new TreeSet<>();

    private static TestServer server;
    private Database database;

    /** Something that is done to a server. */
    private interface Deed {
        void run() throws Exception;
    }

    @BeforeAll
    static void start(TestServer shared) {
        server = shared.another(
                """
                archive_mode = on
                archive_command = 'true'
                autovacuum_naptime = 1s
                """);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        Files.createDirectories(Path.of("target"));
        Files.writeString(
                Path.of("target", "throttle.md"),
                "| rows a second | before | during | after |\n|---|---|---|---|\n" + String.join("", MEASURED));
    }

    @BeforeEach
    void create() {
        database = Database.create(server, Set.of());
    }

    @AfterEach
    void drop() {
        settings(
                "archive_command = 'true'",
                "autovacuum_vacuum_cost_delay = '2ms'",
                "autovacuum_vacuum_cost_limit = -1");
        database.close();
    }

    @Test
    void a_standby_is_stopped() throws Exception {
        try (TestServer standby = server.standby()) {
            SlowCopy copy = SlowCopy.of(database);
            copy.awaitFirstSlice();
            copy.change(ControlChange.NONE.limit(Limit.REPLICA_LAG, OptionalLong.of(3_000)));

            rests(copy, "standby stopped", "is gone and ", standby::crash, standby::restart);
        }
    }

    @Test
    void archiving_fails() throws Exception {
        rests(
                SlowCopy.of(database),
                "archiver failing",
                "archiving of 0000",
                () -> {
                    settings("archive_command = 'false'");
                    database.execute("SELECT pg_switch_wal()");
                },
                () -> settings("archive_command = 'true'"));
    }

    @Test
    void autovacuum_works_against_wraparound() throws Exception {
        SlowCopy copy = SlowCopy.of(database);
        database.execute("DO $$ BEGIN FOR i IN 1..100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");

        rests(
                copy,
                "anti-wraparound vacuum",
                "works on public.t to prevent wraparound",
                () -> {
                    settings("autovacuum_vacuum_cost_delay = '100ms'", "autovacuum_vacuum_cost_limit = 1");
                    database.execute(
                            "ALTER TABLE t SET (autovacuum_freeze_max_age = 100000, autovacuum_freeze_min_age = 0, autovacuum_freeze_table_age = 0)");
                },
                () -> {
                    settings("autovacuum_vacuum_cost_delay = 0");
                    // It waits for the vacuum, which is to end anyway; other options than at the beginning would stop
                    // the copy.
                    database.execute(
                            "ALTER TABLE t RESET (autovacuum_freeze_max_age, autovacuum_freeze_min_age, autovacuum_freeze_table_age)");
                });
    }

    /** Not one slice is finished from when those that were under way are done until the cause is gone. */
    private void rests(SlowCopy copy, String cause, String words, Deed make, Deed end) throws Exception {
        copy.awaitFirstSlice();
        double before = copy.rowsPerSecond();
        make.run();
        copy.awaitRest(words);
        double during = copy.rowsPerSecond();
        end.run();
        copy.awaitGo();
        double after = copy.rowsPerSecond();
        MEASURED.add(String.format(Locale.ROOT, "| %s | %.0f | %.0f | %.0f |%n", cause, before, during, after));

        assertThat(before).as("rows a second before").isPositive();
        assertThat(during).as("rows a second during").isZero();
        assertThat(after).as("rows a second after").isPositive();
        assertThat(copy.end().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(Rows.of(database, "t")).isEqualTo(Rows.of(database, "t_old"));
    }

    private void settings(String... settings) {
        for (String setting : settings) {
            database.execute("ALTER SYSTEM SET " + setting);
        }
        database.execute("SELECT pg_reload_conf()");
    }
}
