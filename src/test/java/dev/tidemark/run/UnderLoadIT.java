package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Latencies;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Readers;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** An application writes and reads at a fixed rate while its table is converted, taken back, converted again and finalized. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "the application goes on: no statement fails, none waits longer than maxPause")
class UnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 200;
    private static final int CONNECTIONS = 60;
    /** In READ COMMITTED and in REPEATABLE READ; together the 50 reads a second of the scenario. */
    private static final int READS_PER_SECOND_OF_EACH_KIND = 25;

    private static final int CACHED_READS_PER_SECOND = 10;
    private static final int READERS_OF_EACH_KIND = 30;
    private static final Duration BETWEEN_PHASES = Duration.ofSeconds(2);

    /** One thing done to the table. */
    private interface Work {
        Outcome on(Tidemark tidemark);
    }

    @Test
    @Tick({"1.22", "1.23"})
    void no_statement_fails_or_waits_longer_than_the_longest_pause(Database database) throws Exception {
        EventsScenario scenario = EventsScenario.in(database);
        Map<String, Latencies> phases = new LinkedHashMap<>();
        AtomicReference<Latencies> phase = new AtomicReference<>(new Latencies());
        Map<String, Outcome> outcomes = new LinkedHashMap<>();

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
        Readers cached = Readers.start(database, CACHED_READS_PER_SECOND, 10, EventsScenario::readWithCachedPlans);
        try (writer;
                committed;
                repeatable;
                cached;
                Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            Map<String, Work> works = new LinkedHashMap<>();
            works.put("conversion", t -> t.apply(EventsScenario.adopt()));
            works.put("way back", t -> t.undo(EventsScenario.adopt().names()));
            works.put("second conversion", t -> t.apply(EventsScenario.adopt()));
            works.put(
                    "finalize",
                    t -> t.finalizeConversion(
                            new FinalizeRequest(EventsScenario.EVENTS, "events", Duration.ZERO, false, MAX_PAUSE)));
            for (Map.Entry<String, Work> work : works.entrySet()) {
                phase.set(phases.computeIfAbsent("before " + work.getKey(), name -> new Latencies()));
                Thread.sleep(BETWEEN_PHASES.toMillis());
                phase.set(phases.computeIfAbsent(work.getKey(), name -> new Latencies()));
                outcomes.put(work.getKey(), work.getValue().on(tidemark));
            }
            Thread.sleep(BETWEEN_PHASES.toMillis());
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report readCommitted = committed.stop();
            Readers.Report readRepeatably = repeatable.stop();
            Readers.Report readCached = cached.stop();
            print(phases, outcomes, written, readCommitted, readRepeatably, readCached);

            assertThat(written.failures()).isEmpty();
            assertThat(readCommitted.failures()).isEmpty();
            assertThat(readRepeatably.failures()).isEmpty();
            assertThat(readCached.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(readCommitted.reachedItsRate())
                    .as(readCommitted.toString())
                    .isTrue();
            assertThat(readRepeatably.reachedItsRate())
                    .as(readRepeatably.toString())
                    .isTrue();
            assertThat(readCached.reachedItsRate()).as(readCached.toString()).isTrue();
            Duration limit = MAX_PAUSE.plus(TOLERANCE);
            assertThat(written.waits().max()).isLessThanOrEqualTo(limit);
            assertThat(readCommitted.waits().max()).isLessThanOrEqualTo(limit);
            assertThat(readRepeatably.waits().max()).isLessThanOrEqualTo(limit.plus(EventsScenario.THINKING));
            assertThat(readCached.waits().max()).isLessThanOrEqualTo(limit);
            assertThat(written.ledger().differences(database, EventsScenario.WRITTEN))
                    .isEmpty();
            assertThat(database.number("SELECT count(*) FROM events WHERE id < 1000000"))
                    .isEqualTo(EventsScenario.SEEDS);
        }
    }

    private static void print(
            Map<String, Latencies> phases,
            Map<String, Outcome> outcomes,
            OpenLoopWriter.Report written,
            Readers.Report committed,
            Readers.Report repeatable,
            Readers.Report cached) {
        System.out.println("Under load, writer: " + written);
        System.out.println("  READ COMMITTED: " + committed);
        System.out.println("  REPEATABLE READ: " + repeatable);
        System.out.println("  cached plans: " + cached);
        phases.forEach((name, waits) -> System.out.println("  "
                + name + ": " + waits
                + (outcomes.containsKey(name)
                        ? ", longest window "
                                + outcomes.get(name).longestWindow().toMillis() + " ms of "
                                + outcomes.get(name).total().toMillis() + " ms"
                        : "")));
    }
}
