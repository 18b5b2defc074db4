package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Range;
import org.junit.jupiter.api.Test;

class BoundsTest {
    @Test
    void times_are_microseconds_since_1970() {
        assertThat(Bounds.bound("1970-01-01 00:00:00+00")).contains(new Bound("1970-01-01 00:00:00+00", 0));
        assertThat(position("2026-11-01 00:00:00+00")).isEqualTo(1_793_491_200_000_000L);
        assertThat(position("2026-11-01")).isEqualTo(1_793_491_200_000_000L);
        assertThat(position("2026-11-01 01:02:03.45")).isEqualTo(1_793_494_923_450_000L);
        assertThat(position("1969-12-31 23:59:59.999999+00")).isEqualTo(-1);
        // SELECT extract(epoch FROM '0044-03-15 00:00:00+00 BC'::timestamptz)
        assertThat(position("0044-03-15 00:00:00+00 BC")).isEqualTo(-63_517_824_000_000_000L);
        assertThat(Bounds.bound("294276-12-31 23:59:59.999999+00")).isEmpty();
    }

    @Test
    void numbers_and_ends() {
        assertThat(position("-17")).isEqualTo(-17);
        assertThat(Bounds.bound("MINVALUE")).contains(Bound.MINVALUE);
        assertThat(Bounds.bound("infinity")).contains(new Bound("infinity", Long.MAX_VALUE));
        assertThat(Bounds.bound("99999999999999999999")).isEmpty();
        assertThat(Bounds.bound("1.5")).isEmpty();
    }

    @Test
    void ranges_of_one_column() {
        assertThat(Bounds.range("FOR VALUES FROM ('10') TO (20)")).isEqualTo(Bounds.range("10", "20"));
        assertThat(Bounds.range("FOR VALUES FROM (MINVALUE) TO ('2026-11-01 00:00:00+00')"))
                .isEqualTo(Bounds.range("MINVALUE", "2026-11-01 00:00:00+00"));
        assertThat(Bounds.range("10", "20").upper().position()).isEqualTo(20);
    }

    @Test
    void anything_else_is_unbounded() {
        assertThat(Bounds.range("DEFAULT")).isEqualTo(Range.UNBOUNDED);
        assertThat(Bounds.range("FOR VALUES IN ('10')")).isEqualTo(Range.UNBOUNDED);
        assertThat(Bounds.range("FOR VALUES FROM (1, 2) TO (3, 4)")).isEqualTo(Range.UNBOUNDED);
        assertThat(Bounds.range("FOR VALUES FROM ('a') TO ('b')")).isEqualTo(Range.UNBOUNDED);
        assertThat(Bounds.range((String) null)).isEqualTo(Range.UNBOUNDED);
    }

    private static long position(String text) {
        return Bounds.bound(text).orElseThrow().position();
    }
}
