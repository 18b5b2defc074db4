package dev.tidemark.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits as people write and read them. */
class LimitTest {

    @ParameterizedTest
    @CsvSource({
        "REPLICA_LAG, 10 seconds, 10000",
        "PROBE, 250 ms, 250",
        "WAL_RATE, 64 MB, 64000000",
        "WAL_RATE, 1GiB, 1073741824",
        "DISK_RESERVE, 4096, 4096",
        "DISK_RESERVE, 1.5 GB, 1500000000",
        "ARCHIVE_BACKLOG, 100, 100",
        "AUTOVACUUMS, 0, 0"
    })
    void what_is_written_is_understood(Limit limit, String text, long value) {
        assertThat(limit.parse(text)).hasValue(value);
    }

    @ParameterizedTest
    @EnumSource
    void off_is_off_and_the_default_can_be_typed_as_it_is_printed(Limit limit) {
        assertThat(limit.parse("off")).isEmpty();
        assertThat(limit.parse(limit.words(limit.ifUnset()))).isEqualTo(limit.ifUnset());
    }

    @ParameterizedTest
    @CsvSource({"PROBE, 250", "WAL_RATE, 64 MB/s", "ARCHIVE_BACKLOG, -1", "DISK_RESERVE, ''"})
    void what_is_not_understood_is_refused(Limit limit, String text) {
        assertThatThrownBy(() -> limit.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\" is not a");
    }

    @Test
    void what_was_set_wins_over_the_default() {
        Limits limits = new Limits(Map.of(Limit.PROBE, OptionalLong.of(400), Limit.REPLICA_LAG, OptionalLong.empty()));

        assertThat(limits.of(Limit.PROBE)).hasValue(400);
        assertThat(limits.of(Limit.REPLICA_LAG)).isEmpty();
        assertThat(limits.of(Limit.DISK_RESERVE)).isEqualTo(Limit.DISK_RESERVE.ifUnset());
        assertThat(limits.toString())
                .contains("--max-replica-lag=off (set)", "--max-probe=400 ms (set)", "--max-wal-rate=off,");
    }
}
