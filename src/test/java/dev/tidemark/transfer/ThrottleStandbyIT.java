package dev.tidemark.transfer;

import static dev.tidemark.testing.Capability.ANOTHER;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.STANDBY;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Limit;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.TestServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.PGReplicationStream;

/** A copy rests while a replica is behind, stands still or is gone, and goes on when it is back. */
@Alone
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS, ANOTHER, STANDBY},
        promise = "a copy rests for replicas that are behind")
class ThrottleStandbyIT {
    private static final TableName T = new TableName("public", "t");
    private static final long LIMIT_MS = 3_000;
    private static final Duration QUIET = Duration.ofSeconds(6);

    private static TestServer server;
    private Database database;

    @BeforeAll
    static void start(TestServer shared) {
        server = shared.another("");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void create() {
        database = Database.create(server, Set.of());
        database.execute("CREATE TABLE t (id bigint, payload text) WITH (autovacuum_enabled = false)");
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void a_standby_stands_still_and_stops_and_comes_back() throws Exception {
        try (TestServer standby = server.standby();
                OpenLoopWriter writer = OpenLoopWriter.start(database, 20, 2, ThrottleStandbyIT::write);
                ThrottledRun run = ThrottledRun.in(database, T)) {
            run.set(Limit.REPLICA_LAG, LIMIT_MS);
            assertThat(run.watch(QUIET)).isEmpty();

            on(standby, "SELECT pg_wal_replay_pause()");
            assertThat(run.awaitRest("behind, more than 3000 ms (--max-replica-lag)"))
                    .contains("replica walreceiver at 127.0.0.1 is ")
                    .doesNotContain("gone");
            on(standby, "SELECT pg_wal_replay_resume()");
            run.awaitGo();

            standby.crash();
            run.awaitRest("replica walreceiver at 127.0.0.1 is gone and ");
            standby.restart();
            run.awaitGo();

            standby.crash();
            run.awaitRest("gone and ");
            run.set(Limit.REPLICA_LAG, OptionalLong.empty());
            run.awaitGo();
            run.set(Limit.REPLICA_LAG, LIMIT_MS);
            assertThat(run.watch(QUIET)).isEmpty();
            assertThat(writer.stop().failures()).isEmpty();
        }
    }

    @Test
    void a_plain_owner_cannot_see_a_standbys_lag_and_is_told_what_to_grant() throws Exception {
        try (TestServer standby = server.standby();
                ThrottledRun plain = ThrottledRun.byPlainOwner(database, T)) {
            on(standby, "SELECT 1");
            plain.awaitRest("GRANT pg_read_all_stats TO \"tm_throttled\", or --max-replica-lag=off");
            database.execute("GRANT pg_read_all_stats TO tm_throttled");
            try {
                plain.awaitGo();
            } finally {
                database.execute("REVOKE pg_read_all_stats FROM tm_throttled");
            }
        }
    }

    /** The client reads but confirms nothing, as a subscriber whose apply worker hangs. */
    @Test
    void a_plain_owner_sees_the_lag_of_a_logical_subscriber() throws Exception {
        try (ThrottledRun plain = ThrottledRun.byPlainOwner(database, T);
                OpenLoopWriter writer = OpenLoopWriter.start(database, 20, 2, ThrottleStandbyIT::write)) {
            plain.set(Limit.REPLICA_LAG, LIMIT_MS);
            database.execute("SELECT pg_create_logical_replication_slot('subscriber', 'test_decoding')");
            assertThat(plain.watch(QUIET)).isEmpty();
            try (Connection connection = replication();
                    PGReplicationStream stream = connection
                            .unwrap(PGConnection.class)
                            .getReplicationAPI()
                            .replicationStream()
                            .logical()
                            .withSlotName("subscriber")
                            .withStatusInterval(100, TimeUnit.MILLISECONDS)
                            .start()) {
                plain.awaitRest("replica subscriber is ");
                confirmEverything(stream, plain);
            }
            plain.awaitRest("replica subscriber is gone and ");
            database.execute("SELECT pg_drop_replication_slot('subscriber')");
            plain.awaitGo();
            assertThat(writer.stop().failures()).isEmpty();
        }
    }

    private static void confirmEverything(PGReplicationStream stream, ThrottledRun run) throws SQLException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (run.throttle.reasonToRest().isPresent()) {
            assertThat(System.nanoTime()).as("never caught up").isLessThan(end);
            while (stream.readPending() != null) {
                stream.setFlushedLSN(stream.getLastReceiveLSN());
                stream.setAppliedLSN(stream.getLastReceiveLSN());
            }
            stream.forceUpdateStatus();
        }
    }

    private Connection replication() throws SQLException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, server.user());
        PGProperty.PASSWORD.set(properties, server.password());
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        return DriverManager.getConnection(database.jdbcUrl(), properties);
    }

    private void on(TestServer standby, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(standby.jdbcUrl("postgres"), standby.user(), standby.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static OpenLoopWriter.Write write(Connection connection, long number) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("INSERT INTO t VALUES (" + number + ", 'x')");
        }
        return new OpenLoopWriter.Write(number, 1);
    }
}
