package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.Journal;
import dev.tidemark.plan.Step;
import dev.tidemark.session.Session;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two runners at one table: nothing is done twice, and one whose run was taken over changes nothing any more. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "two runners never do one thing twice")
class TwoRunnersIT {
    private static final String CUTOVERS =
            "SELECT count(*) FROM tidemark.lock_log WHERE step = 'cutover' AND outcome = 'committed' AND NOT back";

    /** At once, and so that the second comes while the first plans, prepares, or has just ended. */
    @ParameterizedTest
    @ValueSource(longs = {0, 30, 150, 400, 1000})
    void one_works_and_the_other_ends_well(long headStart, Database database) throws Exception {
        EventsScenario.in(database);
        Rows rows = Rows.of(database, "events");
        CyclicBarrier together = new CyclicBarrier(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<String> ends = new ArrayList<>();
        try {
            List<Future<String>> runners = LongStream.of(0, headStart)
                    .mapToObj(delay -> threads.submit(() -> {
                        try (Connection connection = database.connect()) {
                            Tidemark tidemark = Tidemark.on(connection);
                            together.await();
                            Thread.sleep(delay);
                            return tidemark.apply(EventsScenario.adopt())
                                    .result()
                                    .name();
                        } catch (RetryLater e) {
                            return "RETRY_LATER";
                        }
                    }))
                    .toList();
            for (Future<String> runner : runners) {
                ends.add(runner.get());
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.println("Two runners, the second " + headStart + " ms later: " + ends);

        assertThat(ends).filteredOn("DONE"::equals).hasSize(1);
        assertThat(ends)
                .allMatch(end -> List.of("DONE", "ALREADY_DONE", "RETRY_LATER").contains(end));
        assertThat(database.number(CUTOVERS)).isOne();
        assertThat(database.number("SELECT count(*) FROM tidemark.run")).isOne();
        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(connection).apply(EventsScenario.adopt()).result())
                    .isEqualTo(Outcome.Result.ALREADY_DONE);
        }
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prove-ranges", "cutover", "way-back", "statistics"})
    void whose_run_was_taken_over_changes_nothing_any_more(String step, Database database) throws Exception {
        EventsScenario.in(database);
        Rows rows = Rows.of(database, "events");
        try (Connection ours = database.connect();
                Connection theirs = database.connect()) {
            Listener robbed = new Listener() {
                @Override
                public void stepStarts(Step starting, int ordinal, int of, boolean back) {
                    if (starting.id().equals(step)) {
                        // As if our connection had died unnoticed, and with it our advisory lock.
                        String run = database.value("SELECT id::text FROM tidemark.run");
                        new Journal(new Session(theirs), "tidemark").takeOver(run);
                    }
                }
            };
            Tidemark slow = Tidemark.on(ours, Tidemark.DEFAULT_SCHEMA, robbed);
            assertThatThrownBy(() -> slow.apply(EventsScenario.adopt()))
                    .isInstanceOf(RetryLater.class)
                    .hasMessageContaining("taken");
        }
        assertThat(database.value("SELECT state FROM tidemark.run")).isEqualTo("RUNNING");
        assertThat(database.column("SELECT DISTINCT state FROM tidemark.step WHERE ordinal >= "
                        + "(SELECT ordinal FROM tidemark.step WHERE id = '" + step + "')"))
                .containsExactly("PENDING");
        assertThat(database.number(CUTOVERS))
                .isEqualTo(List.of("way-back", "statistics").contains(step) ? 1 : 0);
        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(connection).apply(EventsScenario.adopt()).result())
                    .isEqualTo(Outcome.Result.DONE);
        }
        assertThat(database.number(CUTOVERS)).isOne();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    /** Taken over after its last step and before its end: the end is the other's to write down. */
    @Test
    void whose_run_was_taken_over_does_not_end_it(Database database) throws Exception {
        EventsScenario.in(database);
        try (Connection ours = database.connect();
                Connection theirs = database.connect()) {
            Listener robbed = new Listener() {
                @Override
                public void stepEnds(Step ended, Duration took) {
                    if (ended.id().equals("statistics")) {
                        String run = database.value("SELECT id::text FROM tidemark.run");
                        new Journal(new Session(theirs), "tidemark").takeOver(run);
                    }
                }
            };
            Tidemark slow = Tidemark.on(ours, Tidemark.DEFAULT_SCHEMA, robbed);
            assertThatThrownBy(() -> slow.apply(EventsScenario.adopt())).isInstanceOf(RetryLater.class);
        }
        assertThat(database.value("SELECT state FROM tidemark.run")).isEqualTo("RUNNING");
    }
}
