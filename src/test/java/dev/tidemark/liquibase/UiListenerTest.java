package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.plan.SliceWork;
import dev.tidemark.plan.Step;
import dev.tidemark.run.ClosedWindow;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UiListenerTest {
    private final List<String> lines = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final UiListener listener = new UiListener(lines::add, Duration.ofSeconds(10), nanos::get);
    private final Step step = new Step(
            "cutover", "The switch.", new Online(List.of(new Sql("SELECT"))), new Online(List.of(new Sql("SELECT"))));

    @Test
    void a_step_is_told_in_a_line_each() {
        listener.stepStarts(step, 3, 7, false);
        listener.windowPostponed(step, 1, "lock not available", Duration.ofMillis(2500));
        listener.windowCloses(
                step, new ClosedWindow(Duration.ofMillis(2), Duration.ofMillis(15), Duration.ofMillis(4)));
        listener.stepEnds(step, Duration.ofMillis(412));

        assertThat(lines)
                .containsExactly(
                        "  [3/7] cutover: The switch.",
                        "  [3/7] cutover: attempt 1 given up, everything is as before (lock not available); next in 2.500 s",
                        "  [3/7] cutover: window of 0.017 s (waited 0.002 s for locks, held them 0.015 s); COMMIT answered after 0.004 s",
                        "  [3/7] cutover: done in 0.412 s");
    }

    @Test
    void progress_is_told_now_and_then() {
        listener.stepStarts(step, 1, 1, true);
        for (int done = 1; done <= 100; done++) {
            nanos.addAndGet(Duration.ofMillis(500).toNanos());
            listener.progress(step, done, 100);
        }

        assertThat(lines.subList(1, lines.size()))
                .containsExactly(
                        "  [1/1] back: cutover: 20 of 100",
                        "  [1/1] back: cutover: 40 of 100",
                        "  [1/1] back: cutover: 60 of 100",
                        "  [1/1] back: cutover: 80 of 100",
                        "  [1/1] back: cutover: 100 of 100");
    }

    @Test
    void copied_rows_are_told_with_their_rate_and_what_is_left() {
        Step copy = slices(Slices.Unit.BLOCKS);
        listener.stepStarts(copy, 3, 9, false);
        // An earlier process had done half of it.
        for (int second = 1; second <= 41; second++) {
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            listener.copied(copy, 500 + 5L * second, 1000, 1_000_000 + 12_345L * second);
        }

        assertThat(lines.subList(1, lines.size()))
                .containsExactly(
                        "  [3/9] copy: 55.0 %, 12,345 rows/s, 90 s left",
                        "  [3/9] copy: 60.0 %, 12,345 rows/s, 80 s left",
                        "  [3/9] copy: 65.0 %, 12,345 rows/s, 70 s left",
                        "  [3/9] copy: 70.0 %, 12,345 rows/s, 60 s left");
    }

    @Test
    void slices_without_rows_have_no_rate_of_rows() {
        Step indexes = slices(Slices.Unit.WHOLE);
        listener.stepStarts(indexes, 3, 9, false);
        for (int second = 1; second <= 10; second++) {
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            listener.copied(indexes, 10L * second, 100, second);
        }

        assertThat(lines.get(1)).isEqualTo("  [3/9] copy: 100.0 %, 0.000 s left");
    }

    private static Step slices(Slices.Unit unit) {
        Sql nothing = new Sql("SELECT");
        return new Step(
                "copy",
                "Rows.",
                new Slices(unit, nothing, new SliceWork("SELECT"), Optional.empty()),
                new Nothing("no"));
    }

    @Test
    void a_step_that_has_nothing_to_do_in_this_direction_says_so_in_one_line() {
        Step back = new Step(
                "rows-return",
                "On the way back: rows return.",
                new Nothing("nothing to do until somebody wants to go back"),
                new Online(List.of(new Sql("SELECT"))));
        listener.stepStarts(back, 4, 9, false);
        listener.stepEnds(back, Duration.ofMillis(5));
        listener.stepStarts(back, 4, 9, true);
        listener.stepEnds(back, Duration.ofMillis(386));

        assertThat(lines)
                .containsExactly(
                        "  [4/9] rows-return: nothing to do until somebody wants to go back",
                        "  [4/9] back: rows-return: On the way back: rows return.",
                        "  [4/9] back: rows-return: done in 0.386 s");
    }

    @Test
    void what_a_step_does_there_is_not_said_of_its_way_back() {
        listener.stepStarts(step, 5, 9, true);

        assertThat(lines).containsExactly("  [5/9] back: cutover: online, nobody waits (1 statement)");
    }

    @Test
    void thousands_of_proofs_are_counted() {
        listener.runEnds(new Outcome(
                "12",
                Outcome.Result.DONE,
                7,
                Duration.ZERO,
                Duration.ofMillis(4213),
                Collections.nCopies(2_000, "range: before and after")));

        assertThat(lines).hasSize(14).endsWith("  proof: and 1988 more, all in the journal's table proof");
    }

    @Test
    void totals_and_proofs_end_it() {
        listener.runEnds(new Outcome(
                "12",
                Outcome.Result.ALREADY_DONE,
                0,
                Duration.ZERO,
                Duration.ofMillis(4213),
                List.of("fixes: 14 file nodes unchanged")));

        assertThat(lines)
                .containsExactly("Tidemark: already done, 1 proof (run 12)", "  proof: fixes: 14 file nodes unchanged");
    }
}
