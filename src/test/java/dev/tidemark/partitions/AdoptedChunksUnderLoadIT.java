package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
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
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** An application writes and reads at a fixed rate while the chunks of its hypertable become partitions, and chunks again. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "the application goes on: no statement fails, none waits longer than maxPause")
class AdoptedChunksUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 500;
    /** So few that whoever is made to wait again and again, at one part after the other, falls behind. */
    private static final int CONNECTIONS = 20;

    private static final int READS_PER_SECOND = 20;
    private static final int SEEDS = 200_000;
    private static final String COUNT =
            "SELECT count(*) || ' rows, ids ' || coalesce(sum(id), 0) || ', versions ' || coalesce(sum(version), 0) FROM webhook_log WHERE timestamp > (now() AT TIME ZONE 'UTC') - interval '10 minutes'";
    private static final Duration THINKING = Duration.ofMillis(200);
    private static final Duration BETWEEN_PHASES = Duration.ofSeconds(3);

    private final AtomicLong updates = new AtomicLong();
    private final Queue<Long> keys = new ConcurrentLinkedQueue<>();
    /** Whether rows are written that belong to partitions of their own. */
    private final AtomicBoolean ahead = new AtomicBoolean();

    @Test
    void nobody_fails_and_nothing_is_lost(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE webhook_log (id bigserial, version bigint NOT NULL, payload text,
                                          timestamp timestamp without time zone NOT NULL, PRIMARY KEY (id, timestamp))""");
        database.execute("CREATE INDEX webhook_log_timestamp ON webhook_log (timestamp)");
        database.execute("SELECT create_hypertable('webhook_log', by_range('timestamp', interval '1 day'))");
        database.execute(
                """
                INSERT INTO webhook_log (version, payload, timestamp)
                SELECT 0, repeat('x', 100), (now() AT TIME ZONE 'UTC') - n * interval '4 seconds' FROM generate_series(1, %d) AS n"""
                        .formatted(SEEDS));
        database.execute("CREATE TABLE changed (id bigint)");
        database.execute(
                """
                CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO changed VALUES (NEW.id); RETURN NULL; END $$""");
        database.execute("CREATE TRIGGER changed AFTER UPDATE ON webhook_log FOR EACH ROW EXECUTE FUNCTION changed()");
        Attaching attaching = Attaching.webhookLog(database)
                .strategy(Strategy.ADOPT)
                .partitioning(new Partitioning("UTC", 7, Optional.empty(), false))
                .maxPause(MAX_PAUSE);

        OpenLoopWriter writer = OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, this::write);
        Readers readers = Readers.start(database, READS_PER_SECOND, 20, Readers.twice(THINKING, () -> COUNT));
        try (writer;
                readers) {
            Thread.sleep(BETWEEN_PHASES.toMillis());
            Outcome there = attaching.convert();
            ahead.set(true);
            Thread.sleep(BETWEEN_PHASES.multipliedBy(3).toMillis());
            ahead.set(false);
            Outcome back = attaching.goBack();
            Thread.sleep(BETWEEN_PHASES.toMillis());
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report read = readers.stop();
            System.out.println("Chunks under load, writer: " + written);
            System.out.println("  REPEATABLE READ: " + read);
            System.out.println("  windows " + there.longestWindow().toMillis() + " ms there, "
                    + back.longestWindow().toMillis() + " ms back");

            assertThat(written.failures()).isEmpty();
            assertThat(read.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.delays().max())
                    .as("from when a statement was due")
                    .isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE));
            assertThat(read.waits().max())
                    .isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE).plus(THINKING));
            assertThat(written.ledger().differences(database, "SELECT id, version FROM webhook_log WHERE version > 0"))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM webhook_log WHERE version = 0"))
                    .isEqualTo(SEEDS);
            assertThat(database.number("SELECT count(*) FROM changed")).isEqualTo(updates.get());
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
        updates.incrementAndGet();
        keys.add(key);
        return write;
    }
}
