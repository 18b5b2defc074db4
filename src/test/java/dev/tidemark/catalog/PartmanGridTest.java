package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Size;
import dev.tidemark.sql.TableName;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
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

    @Test
    void the_zone_is_that_of_the_attached_partitions_bounds() {
        PartmanGrid grid = daily("timestamptz");

        assertThat(grid.zones(List.of(attached("20261124", "2026-11-24 00:00:00+00", "2026-11-25 00:00:00+00"))))
                .containsExactly(ZoneId.of("UTC"));

        List<ZoneId> kathmandu =
                grid.zones(List.of(attached("20261124", "2026-11-23 18:15:00+00", "2026-11-24 18:15:00+00")));
        assertThat(kathmandu).contains(ZoneId.of("Asia/Kathmandu")).doesNotContain(BERLIN);
        assertThat(grid.ranges("20260701", kathmandu))
                .containsExactly(Bounds.range("2026-06-30 18:15:00+00", "2026-07-01 18:15:00+00"));

        assertThat(grid.zones(List.of(attached("20261124", "2026-11-24 00:01:00+00", "2026-11-25 00:01:00+00"))))
                .isEmpty();
    }

    @Test
    void a_zone_with_daylight_saving_is_known_by_its_change_of_clocks() {
        PartmanGrid grid = daily("timestamptz");
        Range winter = Bounds.range("2026-10-31 23:00:00+00", "2026-11-01 23:00:00+00");
        Range summer = Bounds.range("2026-06-30 22:00:00+00", "2026-07-01 22:00:00+00");

        List<ZoneId> inWinter =
                grid.zones(List.of(attached("20261124", "2026-11-23 23:00:00+00", "2026-11-24 23:00:00+00")));
        assertThat(inWinter).contains(BERLIN, ZoneId.of("Africa/Lagos"));
        assertThat(grid.ranges("20261101", inWinter)).containsExactly(winter);
        assertThat(grid.ranges("20260701", inWinter)).hasSizeGreaterThan(1).contains(summer);

        List<ZoneId> acrossTheChange =
                grid.zones(List.of(attached("20261025", "2026-10-24 22:00:00+00", "2026-10-25 23:00:00+00")));
        assertThat(acrossTheChange).contains(BERLIN).doesNotContain(ZoneId.of("Africa/Lagos"));
        assertThat(grid.ranges("20260701", acrossTheChange)).containsExactly(summer);
        assertThat(grid.ranges("20261399", acrossTheChange)).isEmpty();
    }

    private static Partition attached(String suffix, String lower, String upper) {
        return new Partition(
                new TableName("public", "t_p" + suffix),
                1,
                new TableName("public", "t"),
                RelationKind.TABLE,
                Persistence.PERMANENT,
                false,
                true,
                Bounds.range(lower, upper),
                1,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                "app",
                null,
                false,
                false,
                Optional.empty(),
                Size.NONE);
    }

    private static PartmanGrid daily(String type) {
        return new PartmanGrid(Optional.of("YYYYMMDD"), type, 1000, 0, 0, 1, 0, List.of("UTC"));
    }
}
