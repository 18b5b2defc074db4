package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrategyRulesTest {
    private static final String CHOICES =
            "The choices: attach reads 2.0 MB inside the window of about 0.030 s and copies nothing%s;"
                    + " adopt reads and copies nothing, window of about 0.028 s, but writes TimescaleDB's catalog, so it needs a"
                    + " superuser; copy (not in this version yet) would write 4.0 MB of disk and 6.0 MB of WAL in about 1.000 s beside"
                    + " the application.";
    private final Wish wish = Wish.daily(2);

    @Test
    void copy_is_not_in_this_version() {
        wish.strategy = Strategy.COPY;
        assertThat(wish.findings())
                .containsExactly("NO TM300 strategy=\"copy\" is not in this version yet. " + CHOICES.formatted(""));
    }

    @Test
    void auto_on_apache_says_what_can_be_done() {
        wish.timescaledb = Wish.APACHE;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM301 auto: the Apache edition of TimescaleDB has no attach_chunk. strategy=\"adopt\" copies nothing"
                                + " and works there, for a superuser, but has to be asked for. "
                                + CHOICES.formatted(", but needs the Community edition from 2.21.0 on"));
    }
}
