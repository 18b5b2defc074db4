package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Strategy;
import dev.tidemark.session.Siblings;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Latencies;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Readers;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application of {@link UnderLoadIT} while its rows are copied, taken back and copied again. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "the application goes on while rows are copied: no statement fails, none waits longer than maxPause")
class CopyUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    private static final Duration TOLERANCE = Duration.ofMillis(300);
    private static final int STATEMENTS_PER_SECOND = 200;
    private static final int CONNECTIONS = 60;
    private static final int READS_PER_SECOND_OF_EACH_KIND = 25;
    private static final int READERS_OF_EACH_KIND = 30;
    private static final Duration BETWEEN_PHASES = Duration.ofSeconds(2);

    private static ConversionRequest copy() {
        ConversionRequest adopt = EventsScenario.adopt();
        Options o = adopt.options();
        return new ConversionRequest(
                adopt.tables(),
                new Options(
                        Strategy.COPY,
                        MAX_PAUSE,
                        o.foreignKeys(),
                        o.keys(),
                        o.includeDetached(),
                        o.dropExpired(),
                        o.policies(),
                        o.verification()));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 1})
    void no_statement_fails_or_waits_longer_than_the_longest_pause(int connections, Database database)
            throws Exception {
        EventsScenario scenario = EventsScenario.in(database);
        Map<String, Latencies> phases = new LinkedHashMap<>();
        AtomicReference<Latencies> phase = new AtomicReference<>(new Latencies());
        OpenLoopWriter writer =
                OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, (connection, number) -> {
                    Latencies current = phase.get();
                    long begin = System.nanoTime();
                    try {
                        return scenario.write(connection, number);
                    } finally {
                        current.add(System.nanoTime() - begin);
                    }
                });
        Readers committed = Readers.start(
                database, READS_PER_SECOND_OF_EACH_KIND, READERS_OF_EACH_KIND, EventsScenario::readCommitted);
        Readers repeatable = Readers.start(
                database, READS_PER_SECOND_OF_EACH_KIND, READERS_OF_EACH_KIND, EventsScenario::readRepeatably);
        try (writer;
                committed;
                repeatable;
                Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(
                    connection,
                    connections == 1 ? Siblings.NONE : () -> Optional.of(database.connect()),
                    Tidemark.DEFAULT_SCHEMA,
                    new Listener() {
                        @Override
                        public void windowPostponed(
                                dev.tidemark.plan.Step step, int attempt, String reason, Duration pause) {
                            System.out.println("  postponed " + step.id() + ": "
                                    + reason.lines().findFirst().orElse(""));
                        }
                    });
            for (String work : new String[] {"copy", "way back", "second copy"}) {
                phase.set(phases.computeIfAbsent("before " + work, name -> new Latencies()));
                Thread.sleep(BETWEEN_PHASES.toMillis());
                phase.set(phases.computeIfAbsent(work, name -> new Latencies()));
                Outcome outcome = work.equals("way back") ? tidemark.undo(copy().names()) : tidemark.apply(copy());
                System.out.println("  " + work + ": longest window "
                        + outcome.longestWindow().toMillis() + " ms of "
                        + outcome.total().toMillis() + " ms");
            }
            Thread.sleep(BETWEEN_PHASES.toMillis());
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report readCommitted = committed.stop();
            Readers.Report readRepeatably = repeatable.stop();
            System.out.println("Copy under load, " + connections + " connections, writer: " + written);
            System.out.println("  READ COMMITTED: " + readCommitted);
            System.out.println("  REPEATABLE READ: " + readRepeatably);
            phases.forEach((name, waits) -> System.out.println("  " + name + ": " + waits));

            assertThat(written.failures()).isEmpty();
            assertThat(readCommitted.failures()).isEmpty();
            assertThat(readRepeatably.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(readCommitted.reachedItsRate())
                    .as(readCommitted.toString())
                    .isTrue();
            assertThat(readRepeatably.reachedItsRate())
                    .as(readRepeatably.toString())
                    .isTrue();
            assertThat(written.waits().max()).isLessThan(MAX_PAUSE.plus(TOLERANCE));
            assertThat(readCommitted.waits().max()).isLessThan(MAX_PAUSE.plus(TOLERANCE));
            assertThat(written.ledger().differences(database, EventsScenario.WRITTEN))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM events WHERE id < 1000000"))
                    .isEqualTo(EventsScenario.SEEDS);
        }
    }
}
