package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CapacityRulesTest {

    @Test
    void locks() {
        Wish wish = Wish.daily(100);
        wish.maxLocks = 1;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM220 The window takes about 120 locks, and the server is sure to have room for 100."
                                + " ALTER SYSTEM SET max_locks_per_transaction = 2; and restart the server. Converting the tables one"
                                + " by one needs fewer at a time.");
        assertThat(wish.plan().steps()).isEmpty();
        assertThat(wish.plan().estimate().locks()).isEqualTo(120);
    }

    @Test
    void window_of_attach() {
        Wish wish = Wish.plain();
        wish.table.heap.bytes = 60_000_000_000L;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM221 attach reads every row once inside the window: 60 GB in about 60 s at the 1.0 GB a"
                                + " second measured here, longer than maxPause (2.000 s). Set maxPause=\"61 seconds\" or more, or choose"
                                + " another way: adopt reads and copies nothing, window of about 0.027 s, but writes TimescaleDB's"
                                + " catalog, so it needs a superuser.");
        wish.maxPause = Duration.ofSeconds(61);
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void window_of_adopt() {
        Wish wish = Wish.daily(90);
        wish.strategy = Strategy.ADOPT;
        wish.superuser = true;
        wish.maxPause = Duration.ofMillis(100);
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .startsWith("NO TM221 The window would hold its locks for about 0.")
                .endsWith(
                        "longer than maxPause (0.100 s). Set maxPause=\"1 seconds\" or more, or convert fewer tables at a time.");
    }
}
