package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Step;
import dev.tidemark.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UiListenerTest {
    private final List<String> lines = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final UiListener listener = new UiListener(lines::add, Duration.ofSeconds(10), nanos::get);
    private final Step step = new Step("cutover", "The switch.", new Nothing("no"), new Nothing("no"));

    @Test
    void a_step_is_told_in_a_line_each() {
        listener.stepStarts(step, 3, 7, false);
        listener.windowPostponed(step, 1, "lock not available", Duration.ofMillis(2500));
        listener.windowCloses(step, Duration.ofMillis(2), Duration.ofMillis(15));
        listener.stepEnds(step, Duration.ofMillis(412));

        assertThat(lines)
                .containsExactly(
                        "  [3/7] cutover: The switch.",
                        "  [3/7] cutover: attempt 1 given up, everything is as before (lock not available); next in 2.500 s",
                        "  [3/7] cutover: window of 0.017 s (waited 0.002 s for locks, held them 0.015 s)",
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
    void totals_and_proofs_end_it() {
        listener.runEnds(new Outcome(
                "12",
                Outcome.Result.ALREADY_DONE,
                0,
                Duration.ZERO,
                Duration.ofMillis(4213),
                List.of("fixes: 14 file nodes unchanged")));

        assertThat(lines)
                .containsExactly(
                        "Tidemark: already done in 4.213 s, 0 steps, 1 proof (run 12)",
                        "  proof: fixes: 14 file nodes unchanged");
    }
}
