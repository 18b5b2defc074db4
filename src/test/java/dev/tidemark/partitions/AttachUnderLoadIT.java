package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Readers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** An application writes and reads at a fixed rate while its table gets partitions, and while it becomes a plain one again. */
@Alone
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "the application goes on: no statement fails, none waits longer than maxPause")
class AttachUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 500;
    private static final int CONNECTIONS = 60;
    private static final int READS_PER_SECOND = 20;
    private static final int SEEDS = 200_000;
    /** Rows that have partitions of their own when the table is taken back, and are changed meanwhile. */
    private static final int LATER = 60_000;

    private static final long FIRST_LATER = 100_000_000;
    /** Of eight hours, as far as rows are written ahead. */
    private static final int STRETCHES = 18;

    private static final AtomicInteger READ = new AtomicInteger();
    private static final Duration THINKING = Duration.ofMillis(200);
    private static final Duration BETWEEN_PHASES = Duration.ofSeconds(3);

    private final Queue<Long> keys = new ConcurrentLinkedQueue<>();
    /** Whether rows are written that belong to partitions of their own. */
    private final AtomicBoolean ahead = new AtomicBoolean();

    @Test
    void nobody_fails_and_nothing_is_lost(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE webhook_log (id bigserial PRIMARY KEY, version bigint NOT NULL, payload text,
                                          timestamp timestamp without time zone NOT NULL)""");
        database.execute("CREATE INDEX webhook_log_timestamp ON webhook_log (timestamp)");
        database.execute(
                """
                INSERT INTO webhook_log (version, payload, timestamp)
                SELECT 0, repeat('x', 100), (now() AT TIME ZONE 'UTC') - n * interval '10 seconds' FROM generate_series(1, %d) AS n"""
                        .formatted(SEEDS));
        Attaching attaching = Attaching.webhookLog(database).maxPause(MAX_PAUSE);

        OpenLoopWriter writer = OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, this::write);
        Readers readers =
                Readers.start(database, READS_PER_SECOND, 20, Readers.twice(THINKING, AttachUnderLoadIT::count));
        try (writer;
                readers) {
            Thread.sleep(BETWEEN_PHASES.toMillis());
            Outcome there = attaching.convert();
            ahead.set(true);
            Thread.sleep(BETWEEN_PHASES.multipliedBy(3).toMillis());
            long returning =
                    database.number("SELECT count(*) FROM webhook_log WHERE tableoid <> 'webhook_log_old'::regclass");
            ahead.set(false);
            database.execute(
                    """
                    INSERT INTO webhook_log (id, version, payload, timestamp)
                    SELECT %d + n, 0, repeat('x', 100), (now() AT TIME ZONE 'UTC') + interval '5 days' + n * interval '1 second' FROM generate_series(1, %d) AS n"""
                            .formatted(FIRST_LATER, LATER));
            keys.clear();
            LongStream.rangeClosed(1, LATER)
                    .map(n -> FIRST_LATER + LATER - n + 1)
                    .forEach(keys::add);
            Outcome back = attaching.goBack();
            Thread.sleep(BETWEEN_PHASES.toMillis());
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report read = readers.stop();
            System.out.println("Attached under load, writer: " + written);
            System.out.println("  REPEATABLE READ: " + read);
            System.out.println("  windows " + there.longestWindow().toMillis() + " ms there, "
                    + back.longestWindow().toMillis() + " ms back; " + returning + " rows returned in "
                    + back.total().toMillis() + " ms");

            assertThat(written.failures()).isEmpty();
            assertThat(read.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE));
            assertThat(read.waits().max())
                    .isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE).plus(THINKING));
            assertThat(returning).isPositive();
            assertThat(written.ledger().differences(database, "SELECT id, version FROM webhook_log WHERE version > 0"))
                    .isEmpty();
            long touched = written.ledger().versions().keySet().stream()
                    .filter(key -> (Long) key > FIRST_LATER)
                    .count();
            assertThat(touched)
                    .as("rows changed while they returned, among others")
                    .isPositive();
            assertThat(database.number("SELECT count(*) FROM webhook_log WHERE version = 0"))
                    .isEqualTo(SEEDS + LATER - touched);
        }
    }

    /** Statement number {@code number} of the application. Whoever has a key has it alone. */
    private Write write(Connection connection, long number) throws SQLException {
        Long key = number % 2 == 0 ? null : keys.poll();
        if (key == null) {
            Write write = Write.of(
                    connection,
                    "INSERT INTO webhook_log (version, timestamp) VALUES (1, (now() AT TIME ZONE 'UTC') + interval '%s') RETURNING id, version"
                            .formatted(ahead.get() && number % 4 == 0 ? number / 4 % 3 * 50 + " hours" : "0"));
            keys.add((Long) write.key());
            return write;
        }
        if (number % 8 == 7) {
            Write write = Write.of(connection, "DELETE FROM webhook_log WHERE id = " + key + " RETURNING id, version");
            return new Write(write.key(), dev.tidemark.testing.Ledger.DELETED);
        }
        Write write = Write.of(
                connection,
                "UPDATE webhook_log SET version = version + 1 WHERE id = " + key + " RETURNING id, version");
        keys.add(key);
        return write;
    }

    /** What was written just now, and eight hours of what is ahead: all of it takes so long to read that readers would measure each other. */
    private static String count() {
        int stretch = READ.getAndIncrement() % STRETCHES;
        return """
                SELECT count(*) || ' rows, ids ' || coalesce(sum(id), 0) || ', versions ' || coalesce(sum(version), 0) FROM webhook_log, (SELECT now() AT TIME ZONE 'UTC' AS n) AS t
                 WHERE timestamp BETWEEN n - interval '10 minutes' AND n OR timestamp BETWEEN n + %1$d * interval '8 hours' AND n + (%1$d + 1) * interval '8 hours'"""
                .formatted(stretch);
    }
}
