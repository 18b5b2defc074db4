package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.STANDBY;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Readers of a streaming standby while the primary converts a table and takes it back: what they feel is measured and reported. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, STANDBY},
        promise = "what readers of a standby feel of a conversion and of its way back")
class StandbyIT {
    private static final Path REPORT = Path.of("target", "standby.md");
    private static final int READERS_OF_EACH_KIND = 4;
    private static final int WRITES_PER_SECOND = 50;
    /** How long replay waits for a reader before it cancels it. PostgreSQL's default of 30 s would only make the test longer. */
    private static final Duration DELAY = Duration.ofSeconds(3);
    /** For a busy machine, and for replay that lags behind. */
    private static final Duration TOLERANCE = Duration.ofSeconds(3);

    @BeforeAll
    static void begin() throws IOException {
        Files.writeString(
                REPORT,
                "# Readers of a standby\n\n" + READERS_OF_EACH_KIND
                        + " readers each in READ COMMITTED and REPEATABLE READ,"
                        + " with or without a transaction that lasts the whole time; max_standby_streaming_delay "
                        + DELAY.toSeconds() + " s.\n\n"
                        + "| | long transaction | hot_standby_feedback | reads | p99 | longest stall | cancelled | window on the primary |\n"
                        + "|---|---|---|---|---|---|---|---|\n");
    }

    @ParameterizedTest
    @CsvSource({"false, off", "true, off", "true, on"})
    void readers_of_a_standby_feel_no_more_than_a_recovery_conflict(
            boolean longTransaction, String feedback, Database database) throws Exception {
        EventsScenario scenario = EventsScenario.in(database);
        try (TestServer standby = database.server().standby();
                OpenLoopWriter writer = OpenLoopWriter.start(database, WRITES_PER_SECOND, 20, scenario::write);
                Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            for (boolean back : new boolean[] {false, true}) {
                StandbyReaders readers = new StandbyReaders(standby, database);
                readers.set(
                        "hot_standby_feedback = " + feedback,
                        "max_standby_streaming_delay = '" + DELAY.toMillis() + "ms'");
                Outcome outcome;
                try (readers) {
                    for (int i = 0; i < READERS_OF_EACH_KIND; i++) {
                        readers.start(EventsScenario::readCommitted);
                        readers.start(EventsScenario::readRepeatably);
                    }
                    if (longTransaction) {
                        readers.startLongTransaction();
                    }
                    Thread.sleep(1000);
                    outcome = back
                            ? tidemark.undo(EventsScenario.adopt().names())
                            : tidemark.apply(EventsScenario.adopt());
                    readers.awaitReplay(database);
                }
                report(back, longTransaction, feedback, readers, outcome);

                assertThat(readers.failures).isEmpty();
                assertThat(readers.waits.max())
                        .isLessThan(DELAY.plus(outcome.longestWindow()).plus(TOLERANCE));
            }
            assertThat(writer.stop().failures()).isEmpty();
            StandbyReaders witness = new StandbyReaders(standby, database);
            witness.awaitReplay(database);
            try (Connection there = witness.connect()) {
                assertThat(Rows.of(there, "events")).isEqualTo(Rows.of(database, "events"));
            }
        }
    }

    private static void report(
            boolean back, boolean longTransaction, String feedback, StandbyReaders felt, Outcome outcome)
            throws IOException {
        String line = "| %s | %s | %s | %d | %d ms | %d ms | %d | %d ms |%n"
                .formatted(
                        back ? "way back" : "conversion",
                        longTransaction ? "yes" : "no",
                        feedback,
                        felt.waits.count(),
                        felt.waits.p99().toMillis(),
                        felt.waits.max().toMillis(),
                        felt.cancelled.size(),
                        outcome.longestWindow().toMillis());
        System.out.print(line);
        List.copyOf(felt.cancelled).stream().distinct().forEach(c -> System.out.println("  cancelled: " + c));
        Files.writeString(REPORT, line, StandardOpenOption.APPEND);
    }
}
