package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hours are meant, whatever the clocks do. */
class CutoverHoursTest {

    @ParameterizedTest
    @CsvSource({
        // In winter Berlin is an hour ahead of UTC.
        "22:00-05:00 Europe/Berlin, 2026-01-10T20:59:59Z, 2026-01-10T21:00:00Z",
        "22:00-05:00 Europe/Berlin, 2026-01-10T21:00:00Z, 2026-01-10T21:00:00Z",
        "22:00-05:00 Europe/Berlin, 2026-01-10T23:30:00Z, 2026-01-10T23:30:00Z",
        "22:00-05:00 Europe/Berlin, 2026-01-11T03:59:59Z, 2026-01-11T03:59:59Z",
        "22:00-05:00 Europe/Berlin, 2026-01-11T04:00:00Z, 2026-01-11T21:00:00Z",
        "09:30-11:00 UTC, 2026-01-10T11:00:00Z, 2026-01-11T09:30:00Z",
        "22:00-24:00 UTC, 2026-01-10T23:59:59Z, 2026-01-10T23:59:59Z",
        "22:00-24:00 UTC, 2026-01-11T00:00:00Z, 2026-01-11T22:00:00Z",
        "00:00-01:00 Asia/Kathmandu, 2026-01-10T12:00:00Z, 2026-01-10T18:15:00Z",
        // On 29 March clocks there go from 02:00 to 03:00 at 01:00 UTC.
        "02:00-03:00 Europe/Berlin, 2026-03-29T00:30:00Z, 2026-03-30T00:00:00Z",
        "02:30-04:00 Europe/Berlin, 2026-03-29T00:30:00Z, 2026-03-29T01:00:00Z",
        "01:30-02:30 Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T23:30:00Z",
        "22:00-05:00 Europe/Berlin, 2026-03-29T03:00:00Z, 2026-03-29T20:00:00Z",
        // On 25 October 02:00 to 03:00 comes twice, from 00:00 UTC and from 01:00 UTC.
        "02:30-02:45 Europe/Berlin, 2026-10-25T00:20:00Z, 2026-10-25T00:30:00Z",
        "02:30-02:45 Europe/Berlin, 2026-10-25T00:45:00Z, 2026-10-25T01:30:00Z",
        "02:30-02:45 Europe/Berlin, 2026-10-25T01:45:00Z, 2026-10-26T01:30:00Z",
        "02:30-03:30 Europe/Berlin, 2026-10-25T01:10:00Z, 2026-10-25T01:30:00Z"
    })
    void the_next_moment_is_the_first_that_the_clock_on_the_wall_allows(String hours, Instant now, Instant next) {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        CutoverHours parsed = CutoverHours.parse(hours);

        assertThat(parsed.next(clock.instant())).isEqualTo(next);
        assertThat(parsed.untilNext(clock.instant())).isEqualTo(Duration.between(now, next));
        assertThat(parsed.include(clock.instant())).isEqualTo(now.equals(next));
    }

    @ParameterizedTest
    @CsvSource({
        "22:00-05:00, names no hours of a day; write it like \"22:00-05:00 Europe/Berlin\"",
        "22-5 UTC, names no hours of a day",
        "9:30-11:00 UTC, names no hours of a day",
        "22:00 - 05:00 UTC, names no hours of a day",
        "22:60-05:00 UTC, names no hours of a day",
        "24:00-05:00 UTC, names no hours of a day",
        "22:00-24:01 UTC, names no hours of a day",
        "22:00-25:00 UTC, names no hours of a day",
        "22:00-05:00 CET, \"CET\" is no name of a time zone",
        "22:00-05:00 +02:00, names no hours of a day",
        "22:00-05:00 Europe/Potsdam, \"Europe/Potsdam\" is no name of a time zone",
        "22:00-22:00 UTC, they begin when they end",
        "00:00-24:00 UTC, they begin when they end"
    })
    void what_cannot_be_meant_is_refused(String hours, String why) {
        assertThatThrownBy(() -> CutoverHours.parse(hours)).hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"22:00-05:00 Europe/Berlin", "09:30-11:00 UTC", "22:15-00:00 America/Argentina/Buenos_Aires"})
    void they_are_written_as_they_are_read(String hours) {
        assertThat(CutoverHours.parse(hours)).hasToString(hours);
    }
}
