package dev.tidemark.transfer;

import static dev.tidemark.testing.Capability.ANOTHER;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Limit;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each cause of a rest, brought about for real on a server of its own: no reason before, the reason while it lasts, none afterwards. */
@Alone
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS, ANOTHER},
        promise = "a copy rests for what it does to the server")
class ThrottleIT {
    private static final TableName T = new TableName("public", "t");
    private static final Duration QUIET = Duration.ofSeconds(4);

    private static TestServer server;
    private Database database;

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
    static void stop() {
        server.close();
    }

    @BeforeEach
    void create() {
        database = Database.create(server, Set.of());
        database.execute(
                """
                CREATE TABLE t (id bigint, payload text) PARTITION BY RANGE (id);
                CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (1000000) WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
                ALTER TABLE t_1 ALTER payload SET STORAGE EXTERNAL;
                INSERT INTO t SELECT i, repeat('x', 8000) FROM generate_series(1, 2000) AS i;
                INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 20000) AS i;
                """);
    }

    @AfterEach
    void drop() {
        settings("synchronous_standby_names = ''");
        settings(
                "archive_command = 'true'",
                "commit_delay = 0",
                "autovacuum_vacuum_cost_delay = '2ms'",
                "autovacuum_vacuum_cost_limit = -1");
        database.close();
    }

    @Test
    void a_plain_owner_needs_no_further_right_and_no_reason_is_made_up() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T);
                ThrottledRun superuser = ThrottledRun.in(database, T)) {
            plain.set(Limit.WAL_RATE, 1_000_000_000);

            assertThat(superuser.watch(QUIET)).isEmpty();
            assertThat(plain.watch(QUIET)).isEmpty();
            assertThat(superuser.throttle.workers(3)).isEqualTo(3);
            assertThat(superuser.reports).isEmpty();
        }
    }

    @Test
    void people_pause_and_set_workers_and_each_change_is_reported_once() throws Exception {
        try (ThrottledRun run = ThrottledRun.in(database, T)) {
            run.awaitGo();
            run.change(ControlChange.NONE.pausing(Optional.of("backup until 4")));
            run.awaitRest("paused: backup until 4");
            Thread.sleep(3000);
            assertThat(run.throttle.reasonToRest()).isPresent();
            run.change(ControlChange.NONE.resuming());
            run.awaitGo();

            run.change(ControlChange.NONE.workers(OptionalInt.of(0)));
            run.awaitRest("workers were set to 0");
            run.change(ControlChange.NONE.workers(OptionalInt.of(2)));
            run.awaitGo();
            assertThat(run.throttle.workers(8)).isEqualTo(2);
            run.change(ControlChange.NONE.workers(OptionalInt.empty()));
            Await.until("workers as configured", Duration.ofSeconds(10), () -> run.throttle.workers(8) == 8);

            assertThat(run.reports).hasSize(4);
            assertThat(run.reports.get(1)).isEmpty();
            assertThat(run.reports.get(3)).isEmpty();
        }
    }

    @Test
    void archiving_fails() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T);
                ThrottledRun superuser = ThrottledRun.in(database, T)) {
            superuser.awaitGo();
            plain.awaitGo();

            settings("archive_command = 'false'");
            switchLog(1);
            superuser.awaitRest("archiving of 0000");
            plain.awaitRest("archiving of 0000");
            plain.set(Limit.ARCHIVE_BACKLOG, OptionalLong.empty());
            plain.awaitGo();

            settings("archive_command = 'true'");
            superuser.awaitGo();
        }
    }

    @Test
    void archiving_does_not_keep_up() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T);
                ThrottledRun superuser = ThrottledRun.in(database, T)) {
            superuser.set(Limit.ARCHIVE_BACKLOG, 2);
            plain.set(Limit.ARCHIVE_BACKLOG, 2);
            superuser.awaitGo();
            plain.awaitGo();

            settings("archive_command = 'sleep 3'");
            switchLog(6);
            assertThat(superuser.awaitRest("wait to be archived")).contains("more than 2 (--max-archive-backlog)");
            plain.awaitRest("wait to be archived");

            settings("archive_command = 'true'");
            superuser.awaitGo();
            plain.awaitGo();
        }
    }

    /** Switched off for the table, which keeps every other autovacuum away. */
    @ParameterizedTest
    @ValueSource(strings = {"", "toast."})
    void autovacuum_against_wraparound_works_on_a_partition_or_its_toast(String where) throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T);
                ThrottledRun superuser = ThrottledRun.in(database, T);
                ThrottledRun other = ThrottledRun.in(database, new TableName("public", "other"))) {
            database.execute("CREATE TABLE other (id bigint)");
            settings("autovacuum_vacuum_cost_delay = '100ms'", "autovacuum_vacuum_cost_limit = 1");
            superuser.awaitGo();
            plain.awaitGo();

            database.execute(
                    "ALTER TABLE t_1 SET (WHEREautovacuum_freeze_max_age = 100000, WHEREautovacuum_freeze_min_age = 0, WHEREautovacuum_freeze_table_age = 0)"
                            .replace("WHERE", where));
            database.execute(
                    "DO $$ BEGIN FOR i IN 1..100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
            String name = where.isEmpty()
                    ? "public.t_1"
                    : database.value("SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 't_1'::regclass");
            superuser.awaitRest("works on " + name + " to prevent wraparound");
            plain.awaitRest("works on " + name + " to prevent wraparound");
            assertThat(other.throttle.reasonToRest()).isEmpty();
            assertThat(database.column("SELECT query FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"))
                    .anySatisfy(query -> assertThat(query)
                            .startsWith("autovacuum: VACUUM ")
                            .endsWith(" " + name + " (to prevent wraparound)"));
            plain.set(Limit.AUTOVACUUMS, OptionalLong.empty());
            plain.awaitGo();

            settings("autovacuum_vacuum_cost_delay = 0");
            superuser.awaitGo();
        }
    }

    @Test
    void more_log_is_written_than_may_be() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T)) {
            plain.set(Limit.WAL_RATE, 1_000_000);
            plain.awaitGo();
            try (OpenLoopWriter writer = OpenLoopWriter.start(database, 20, 4, ThrottleIT::write)) {
                assertThat(plain.awaitRest("of write-ahead log a second"))
                        .contains("more than 1.0 MB (--max-wal-rate)");
                assertThat(writer.stop().failures()).isEmpty();
            }
            plain.awaitGo();
        }
    }

    @Test
    void commits_are_slow() throws Exception {
        try (ThrottledRun run = ThrottledRun.byPlainOwner(database, T)) {
            run.set(Limit.PROBE, 60);
            settings("commit_siblings = 0");
            run.awaitGo();
            settings("commit_delay = 100000");
            assertThat(run.awaitRest("a commit takes")).contains("more than 60 ms (--max-probe)");
            settings("commit_delay = 0");
            run.awaitGo();
        }
    }

    @Test
    void commits_wait_for_a_synchronous_standby_that_is_not_there() throws Exception {
        try (ThrottledRun run = ThrottledRun.byPlainOwner(database, T)) {
            run.awaitGo();
            settings("synchronous_standby_names = 'nobody'");
            run.awaitRest("a commit did not end within 1000 ms");
            settings("synchronous_standby_names = ''");
            run.awaitGo();
        }
    }

    @Test
    void nobody_reads_a_slot() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T)) {
            plain.set(Limit.SLOT_WAL, 20_000_000);
            database.execute("CHECKPOINT"); // a slot holds back from the last one on
            database.execute("SELECT pg_create_physical_replication_slot('forgotten', true)");
            try {
                assertThat(plain.watch(QUIET)).isEmpty();
                switchLog(3);
                assertThat(plain.awaitRest("nobody reads replication slot forgotten"))
                        .contains("more than 20 MB (--max-slot-wal)");
            } finally {
                database.execute("SELECT pg_drop_replication_slot('forgotten')");
            }
            plain.awaitGo();
        }
    }

    @Test
    void a_disk_is_filled_to_its_reserve() throws Exception {
        try (ThrottledRun run = ThrottledRun.in(database, T);
                Connection connection = database.connect()) {
            DiskSpace space = new DiskSpace(new Session(connection), List.of(T));
            long free = space.freeBytes().orElseThrow();
            run.set(Limit.DISK_RESERVE, 1);
            run.awaitGo();
            assertThat(run.throttle.reasonToStop()).isEmpty();

            run.set(Limit.DISK_RESERVE, 2 * free);
            Await.until("a stop", Duration.ofSeconds(20), () -> run.throttle
                    .reasonToStop()
                    .isPresent());
            assertThat(run.throttle.reasonToStop().orElseThrow().message())
                    .matches("(tablespace pg_default|the write-ahead log) has .* free, less than the reserve of .*")
                    .contains("--disk-reserve");
            assertThat(space.shortfall(free / 2)).isEmpty();
            assertThat(space.shortfall(2 * free).orElseThrow()).contains("takes");
        }
    }

    @Test
    void who_may_not_know_what_is_free_is_told_what_to_grant() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T)) {
            plain.change(ControlChange.NONE.unset(Limit.DISK_RESERVE));
            plain.awaitGo();
            plain.set(Limit.DISK_RESERVE, 1);
            assertThat(plain.awaitRest("it is not known how much is free"))
                    .contains("GRANT pg_execute_server_program TO \"tm_throttled\"", "--disk-reserve=off");
            assertThat(plain.throttle.reasonToStop()).isEmpty();
            database.execute("GRANT pg_execute_server_program TO tm_throttled");
            try {
                plain.awaitGo();
            } finally {
                database.execute("REVOKE pg_execute_server_program FROM tm_throttled");
            }
        }
    }

    @Test
    void what_may_not_be_asked_is_a_reason_with_a_grant_that_helps() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T)) {
            plain.awaitGo();
            database.execute("ALTER SEQUENCE tidemark.probe OWNER TO postgres");
            String reason = plain.awaitRest("the latency of a commit cannot be asked");
            assertThat(reason).contains("permission denied for sequence probe");

            database.execute(reason.substring(reason.indexOf("GRANT USAGE")));
            plain.awaitGo();
        }
    }

    /** Ends the present file of the log, with something in it, so many times. */
    private void switchLog(int times) {
        database.execute("CREATE TABLE IF NOT EXISTS switched (i int)");
        for (int i = 0; i < times; i++) {
            database.execute("INSERT INTO switched VALUES (1)");
            database.execute("SELECT pg_switch_wal()");
        }
    }

    private void settings(String... settings) {
        for (String setting : settings) {
            database.execute("ALTER SYSTEM SET " + setting);
        }
        database.execute("SELECT pg_reload_conf()");
    }

    /** A statement of an application that writes a lot. */
    private static OpenLoopWriter.Write write(Connection connection, long number) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("INSERT INTO t SELECT i, repeat('y', 500) FROM generate_series(1, 1000) AS i");
        }
        return new OpenLoopWriter.Write(number, 1);
    }
}
