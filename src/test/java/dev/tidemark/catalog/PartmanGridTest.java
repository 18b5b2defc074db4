package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.schema.Range;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PartmanGridTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @Test
    void suffixes_of_pg_partman_4_and_5() {
        assertThat(SuffixFormat.parse("YYYYMMDD", "20261101")).contains(LocalDateTime.of(2026, 11, 1, 0, 0));
        assertThat(SuffixFormat.parse("YYYYMMDD_HH24MISS", "20261101_123456"))
                .contains(LocalDateTime.of(2026, 11, 1, 12, 34, 56));
        assertThat(SuffixFormat.parse("YYYY_MM_DD_HH24MI", "2026_11_01_1230"))
                .contains(LocalDateTime.of(2026, 11, 1, 12, 30));
        assertThat(SuffixFormat.parse("YYYY_MM", "2026_11")).contains(LocalDateTime.of(2026, 11, 1, 0, 0));
        // SELECT to_timestamp('2026w01', 'IYYY"w"IW')
        assertThat(SuffixFormat.parse("IYYY\"w\"IW", "2026w01")).contains(LocalDateTime.of(2025, 12, 29, 0, 0));
    }

    @Test
    void names_that_only_look_like_it() {
        assertThat(SuffixFormat.parse("YYYYMMDD", "2026110")).isEmpty();
        assertThat(SuffixFormat.parse("YYYYMMDD", "202611011")).isEmpty();
        assertThat(SuffixFormat.parse("YYYY\"q\"Q", "2026q4")).isEmpty();
        assertThatThrownBy(() -> SuffixFormat.parse("YYYYMMDD", "20261399")).isInstanceOf(DateTimeException.class);
        assertThat(daily("timestamptz").range("20261399", ZoneOffset.UTC)).isEqualTo(Range.UNBOUNDED);
    }

    @Test
    void a_calendar_day_has_25_hours_when_the_clock_goes_back() {
        assertThat(daily("timestamptz").range("20261025", BERLIN))
                .isEqualTo(Bounds.range("2026-10-24 22:00:00+00", "2026-10-25 23:00:00+00"));
    }

    @Test
    void by_type_of_the_key() {
        assertThat(daily("date").range("20261101", BERLIN)).isEqualTo(Bounds.range("2026-11-01", "2026-11-02"));
        assertThat(daily("timestamp").range("20261101", BERLIN))
                .isEqualTo(Bounds.range("2026-11-01 00:00:00", "2026-11-02 00:00:00"));
        assertThat(daily("int8").range("20261101", ZoneOffset.UTC))
                .isEqualTo(Bounds.range("1793491200000", "1793577600000"));
        PartmanGrid byNumber = new PartmanGrid(Optional.empty(), "int8", 0, 500, 0, 0, 0, List.of("UTC"));
        assertThat(byNumber.range("1000", ZoneOffset.UTC)).isEqualTo(Bounds.range("1000", "1500"));
    }

    private static PartmanGrid daily(String type) {
        return new PartmanGrid(Optional.of("YYYYMMDD"), type, 1000, 0, 0, 1, 0, List.of("UTC"));
    }
}
