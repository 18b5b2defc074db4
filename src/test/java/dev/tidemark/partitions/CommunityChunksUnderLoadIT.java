package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.ZeroCopy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/** An application writes what is new, while old chunks, most of them compressed, become partitions, and compressed chunks again. */
@PostgresTest(
        needs = {COMMUNITY, SEVERAL_SESSIONS, SUPERUSER},
        promise = "the application goes on while compressed chunks become partitions, on a native Community server")
class CommunityChunksUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 300;
    private static final int CONNECTIONS = 40;
    private static final int SEEDS = 200_000;
    private static final Duration BETWEEN_PHASES = Duration.ofSeconds(2);

    private final Queue<Long> keys = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void nobody_fails_and_nothing_is_lost(Strategy strategy, Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE webhook_log (id bigserial, version bigint NOT NULL, payload text, timestamp timestamptz NOT NULL, PRIMARY KEY (id, timestamp));
                SELECT create_hypertable('webhook_log', by_range('timestamp', interval '1 day'));
                ALTER TABLE webhook_log SET (timescaledb.compress, timescaledb.compress_orderby = 'timestamp DESC, id');
                INSERT INTO webhook_log (version, payload, timestamp)
                SELECT 0, repeat('x', 100), now() - n * interval '8 seconds' FROM generate_series(1, %d) AS n;
                SELECT compress_chunk(c) FROM show_chunks('webhook_log', older_than => interval '2 days') AS c;
                SELECT add_compression_policy('webhook_log', interval '2 days');
                SELECT add_retention_policy('webhook_log', interval '90 days')"""
                        .formatted(SEEDS));
        String compressed =
                "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'webhook_log' AND is_compressed";
        long before = database.number(compressed);
        assertThat(before).isGreaterThan(14);
        Attaching attaching = Attaching.webhookLog(database)
                .strategy(strategy)
                .partitioning(new Partitioning("UTC", 7, Optional.empty(), false))
                .maxPause(MAX_PAUSE);

        try (OpenLoopWriter writer = OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, this::write)) {
            Thread.sleep(BETWEEN_PHASES.toMillis());
            Outcome there = attaching.convert();
            Thread.sleep(BETWEEN_PHASES.toMillis());
            Outcome back = attaching.goBack();
            Thread.sleep(BETWEEN_PHASES.toMillis());
            OpenLoopWriter.Report written = writer.stop();
            System.out.println("Compressed chunks under load by " + strategy + ", writer: " + written);
            System.out.println("  windows " + there.longestWindow().toMillis() + " ms there, "
                    + back.longestWindow().toMillis() + " ms back");

            assertThat(written.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE));
            assertThat(written.ledger().differences(database, "SELECT id, version FROM webhook_log WHERE version > 0"))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM webhook_log WHERE version = 0"))
                    .isEqualTo(SEEDS);
            assertThat(database.number(compressed)).isEqualTo(before);
        }
    }

    /** Statement number {@code number} of the application. Whoever has a key has it alone. */
    private Write write(Connection connection, long number) throws SQLException {
        Long key = number % 2 == 0 ? null : keys.poll();
        Write write = Write.of(
                connection,
                key == null
                        ? "INSERT INTO webhook_log (version, timestamp) VALUES (1, now()) RETURNING id, version"
                        : "UPDATE webhook_log SET version = version + 1 WHERE timestamp > now() - interval '1 hour' AND id = "
                                + key + " RETURNING id, version");
        keys.add((Long) write.key());
        return write;
    }
}
