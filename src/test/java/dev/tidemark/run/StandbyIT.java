package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.STANDBY;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Latencies;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Readers of a streaming standby while the primary converts a table and takes it back: what they feel is measured and reported. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, STANDBY},
        promise = "what readers of a standby feel of a conversion and of its way back")
class StandbyIT {
    private static final Path REPORT = Path.of("target", "standby.md");
    private static final int READERS_OF_EACH_KIND = 4;
    private static final int WRITES_PER_SECOND = 50;
    /** What PostgreSQL's documentation calls a query conflict: the statement, or an idle transaction, ends for replay's sake. */
    private static final List<String> CONFLICT = List.of("40001", "40P01", "57P01", "55P04");

    /** What the readers felt during one work. */
    private static final class Felt {
        private final Latencies waits = new Latencies();
        private final ConcurrentLinkedQueue<String> cancelled = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    }

    private interface Read {
        void run(Connection connection) throws SQLException;
    }

    @Test
    void readers_of_a_standby_feel_no_more_than_a_recovery_conflict(Database database) throws Exception {
        EventsScenario scenario = EventsScenario.in(database);
        try (TestServer standby = database.server().standby();
                OpenLoopWriter writer = OpenLoopWriter.start(database, WRITES_PER_SECOND, 20, scenario::write);
                Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            String url = standby.jdbcUrl(database.name());
            StringBuilder report = new StringBuilder(
                    "# Readers of a standby\n\n" + READERS_OF_EACH_KIND
                            + " readers each in READ COMMITTED and REPEATABLE READ; max_standby_streaming_delay at its default.\n\n"
                            + "| | reads | p99 | longest stall | cancelled | window on the primary |\n|---|---|---|---|---|---|\n");
            List<String> failures = new ArrayList<>();
            for (boolean back : new boolean[] {false, true}) {
                Felt felt = new Felt();
                Outcome outcome;
                Runnable stop = readers(standby, url, felt);
                try {
                    Thread.sleep(1000);
                    outcome = back
                            ? tidemark.undo(EventsScenario.adopt().names())
                            : tidemark.apply(EventsScenario.adopt());
                    awaitReplay(database, standby, url);
                } finally {
                    stop.run();
                }
                report.append("| %s | %d | %d ms | %d ms | %d | %d ms |%n"
                        .formatted(
                                back ? "way back" : "conversion",
                                felt.waits.count(),
                                felt.waits.p99().toMillis(),
                                felt.waits.max().toMillis(),
                                felt.cancelled.size(),
                                outcome.longestWindow().toMillis()));
                felt.cancelled.stream().distinct().forEach(c -> System.out.println("  cancelled: " + c));
                failures.addAll(felt.failures);
            }
            OpenLoopWriter.Report written = writer.stop();
            awaitReplay(database, standby, url);
            System.out.println(report);
            Files.writeString(REPORT, report);

            assertThat(failures).isEmpty();
            assertThat(written.failures()).isEmpty();
            try (Connection there = connect(standby, url)) {
                assertThat(Rows.of(there, "events")).isEqualTo(Rows.of(database, "events"));
            }
        }
    }

    private static Runnable readers(TestServer standby, String url, Felt felt) {
        CountDownLatch stopped = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2 * READERS_OF_EACH_KIND; i++) {
            Read read = i % 2 == 0 ? EventsScenario::readCommitted : EventsScenario::readRepeatably;
            Thread thread = new Thread(() -> readUntil(stopped, standby, url, read, felt), "reader of the standby");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return () -> {
            stopped.countDown();
            for (Thread thread : threads) {
                try {
                    thread.join(60_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
    }

    /** Reconnects after a conflict that ended its session, as an application's pool does. */
    private static void readUntil(CountDownLatch stopped, TestServer standby, String url, Read read, Felt felt) {
        boolean going = true;
        while (going) {
            try (Connection connection = connect(standby, url)) {
                while (going && connection.isValid(5)) {
                    once(connection, read, felt);
                    going = !stopped.await(100, TimeUnit.MILLISECONDS);
                }
            } catch (SQLException | InterruptedException e) {
                felt.failures.add(e.toString());
                going = false;
            }
        }
    }

    private static void once(Connection connection, Read read, Felt felt) {
        long begin = System.nanoTime();
        try {
            read.run(connection);
        } catch (SQLException e) {
            boolean conflict = CONFLICT.contains(e.getSQLState())
                    && String.valueOf(e.getMessage()).contains("recovery");
            (conflict ? felt.cancelled : felt.failures).add(e.getSQLState() + " " + e.getMessage());
        } catch (AssertionError e) {
            felt.failures.add(String.valueOf(e.getMessage()));
        }
        felt.waits.add(System.nanoTime() - begin);
    }

    private static Connection connect(TestServer standby, String url) throws SQLException {
        return DriverManager.getConnection(url, standby.user(), standby.password());
    }

    private static void awaitReplay(Database database, TestServer standby, String url) throws SQLException {
        String now = database.value("SELECT pg_current_wal_insert_lsn()::text");
        long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        try (Connection connection = connect(standby, url);
                var statement = connection.createStatement()) {
            while (true) {
                try (var row = statement.executeQuery("SELECT pg_last_wal_replay_lsn() >= '" + now + "'::pg_lsn")) {
                    row.next();
                    if (row.getBoolean(1)) {
                        return;
                    }
                }
                assertThat(System.nanoTime()).as("replay within two minutes").isLessThan(until);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }
}
