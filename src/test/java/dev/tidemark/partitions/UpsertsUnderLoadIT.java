package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** An application that writes everything by {@code ON CONFLICT}, at a fixed rate, while the rows that it means return to a plain table. */
@Alone
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise =
                "ON CONFLICT does what it says while rows return: no statement fails, none waits longer than maxPause")
class UpsertsUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 200;
    private static final int CONNECTIONS = 40;
    /** Rows that have partitions of their own, of three days. */
    private static final int LATER = 200_000;
    /** Has no divisor in common with their number, so keys come from everywhere. */
    private static final int STRIDE = 77_777;
    /** Rows of one statement that meets them all over. */
    private static final int BULK = 800;

    private static final String UPSERT =
            """
            INSERT INTO events (id, at, version) SELECT n, date_trunc('day', now()) + interval '5 days' + n * interval '1.2 seconds', 1 FROM %s
                ON CONFLICT (id, at) DO UPDATE SET version = events.version + 1 RETURNING id, version""";

    @Test
    void nobody_fails_and_nothing_is_lost(Database database) throws Exception {
        database.execute(
                "CREATE TABLE events (id bigint, at timestamptz, version bigint NOT NULL, payload text, PRIMARY KEY (id, at))");
        Attaching attaching = new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .maxPause(MAX_PAUSE);
        attaching.convert();
        database.execute(
                "INSERT INTO events SELECT n, date_trunc('day', now()) + interval '5 days' + n * interval '1.2 seconds', 0, repeat('x', 100) FROM generate_series(1, %d) AS n"
                        .formatted(LATER));
        OpenLoopWriter writer =
                OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, UpsertsUnderLoadIT::write);
        try (writer) {
            CompletableFuture<Duration> bulk = CompletableFuture.supplyAsync(() -> bulk(database));
            Outcome back = attaching.goBack();
            Duration took = bulk.join();
            OpenLoopWriter.Report written = writer.stop();
            System.out.println("Upserts while rows return: " + written);
            System.out.println("  window " + back.longestWindow().toMillis() + " ms, all in "
                    + back.total().toMillis() + " ms; one statement of " + BULK + " rows " + took.toMillis() + " ms");

            assertThat(written.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE));
            assertThat(written.ledger()
                            .differences(
                                    database,
                                    "SELECT id, version FROM ONLY events WHERE version > 0 AND id % 250 <> 0"))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(LATER);
            assertThat(database.number("SELECT count(*) FROM events WHERE id % 250 = 0 AND version = 1"))
                    .isEqualTo(BULK);
        }
    }

    /** Whoever writes one at a time leaves one of 250 to the one who writes many. */
    private static Write write(Connection connection, long number) throws SQLException {
        long key = number * STRIDE % LATER;
        return Write.of(connection, UPSERT.formatted("(VALUES (" + (key % 250 == 0 ? key + 1 : key) + ")) AS v(n)"));
    }

    /** As soon as the table is a plain one again. */
    private static Duration bulk(Database database) {
        Await.until("rows return", Duration.ofMinutes(1), () -> database.value(
                        "SELECT relkind FROM pg_class WHERE oid = 'events'::regclass")
                .equals("r"));
        long begun = System.nanoTime();
        database.execute(UPSERT.formatted("generate_series(250, " + LATER + ", 250) AS n"));
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
