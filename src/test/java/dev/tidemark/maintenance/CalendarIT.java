package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Partitions begin where the calendar of their zone has a line, on days that are shorter or longer than others too: held against java.time. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "partitions follow the calendar of a zone")
class CalendarIT {
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // clocks go forward on 29 March, back on 25 October
                "1 hour   | PT1H | Europe/Berlin       | 2026-03-28T20:00 | 2026-03-29T08:00 | timestamptz",
                "1 hour   | PT1H | Europe/Berlin       | 2026-10-24T22:00 | 2026-10-25T08:00 | timestamptz",
                "6 hours  | PT6H | Europe/Berlin       | 2026-03-27T00:00 | 2026-03-31T00:00 | timestamptz",
                "1 day    | P1D  | Europe/Berlin       | 2026-03-27T00:00 | 2026-04-01T00:00 | timestamptz",
                "1 day    | P1D  | Europe/Berlin       | 2026-10-23T00:00 | 2026-10-28T00:00 | timestamptz",
                "7 days   | P7D  | Europe/Berlin       | 2026-03-16T00:00 | 2026-04-20T00:00 | timestamptz",
                "1 month  | P1M  | Europe/Berlin       | 2025-11-01T00:00 | 2026-12-01T00:00 | timestamptz",
                "3 months | P3M  | Europe/Berlin       | 2025-01-01T00:00 | 2026-10-01T00:00 | timestamptz",
                "1 year   | P1Y  | Europe/Berlin       | 2024-01-01T00:00 | 2028-01-01T00:00 | timestamptz",
                "1 day    | P1D  | Asia/Kolkata        | 2026-02-26T00:00 | 2026-03-03T00:00 | timestamptz",
                "1 hour   | PT1H | Asia/Kolkata        | 2026-02-26T00:00 | 2026-02-26T05:00 | timestamptz",
                // half an hour of summer time, from 4 October on, until 5 April
                "1 day    | P1D  | Australia/Lord_Howe | 2026-10-02T00:00 | 2026-10-06T00:00 | timestamptz",
                "1 hour   | PT1H | Australia/Lord_Howe | 2026-10-03T23:00 | 2026-10-04T05:00 | timestamptz",
                "1 hour   | PT1H | Australia/Lord_Howe | 2026-04-04T23:00 | 2026-04-05T05:00 | timestamptz",
                // midnight itself is left out on 6 September
                "1 day    | P1D  | America/Santiago    | 2026-09-04T00:00 | 2026-09-08T00:00 | timestamptz",
            })
    void of_moments(
            String width,
            String step,
            String zone,
            LocalDateTime first,
            LocalDateTime last,
            String type,
            Database database)
            throws Exception {
        ManagedTable table =
                ManagedTable.of(database, type, "width => '" + width + "', time_zone => '" + zone + "', premake => 0");

        table.makeBetween(moment(first, zone), moment(last, zone));

        List<List<String>> expected = new ArrayList<>();
        for (LocalDateTime at = first; !at.isAfter(last); at = plus(at, step)) {
            String low = utc(at, zone);
            String high = utc(plus(at, step), zone);
            if (!low.equals(high)) {
                expected.add(List.of(low + "+00", high + "+00"));
            }
        }
        assertThat(table.bounds()).isEqualTo(expected);
        assertThat(table.makeBetween(moment(first, zone), moment(last, zone)))
                .as("nothing is made twice")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"timestamp", "date"})
    void of_times_without_a_zone(String type, Database database) throws Exception {
        ManagedTable table =
                ManagedTable.of(database, type, "width => '1 day', time_zone => 'Europe/Berlin', premake => 0");

        table.makeBetween(
                "timestamptz '2026-03-28 12:00 Europe/Berlin'", "timestamptz '2026-03-29 12:00 Europe/Berlin'");

        String midnight = type.equals("date") ? "" : " 00:00:00";
        assertThat(table.bounds())
                .containsExactly(
                        List.of("2026-03-28" + midnight, "2026-03-29" + midnight),
                        List.of("2026-03-29" + midnight, "2026-03-30" + midnight));
    }

    @ParameterizedTest
    @CsvSource({"bigint, s, 1", "int, s, 1", "bigint, ms, 1000", "bigint, us, 1000000", "bigint, ns, 1000000000"})
    void of_integers(String type, String epoch, long perSecond, Database database) throws Exception {
        ManagedTable table = ManagedTable.of(
                database,
                type,
                "width => '1 day', epoch => '" + epoch + "', time_zone => 'Europe/Berlin', premake => 1");

        table.makeBetween(
                "timestamptz '2026-03-28 12:00 Europe/Berlin'", "timestamptz '2026-03-29 12:00 Europe/Berlin'");

        long day = 86_400 * perSecond;
        long low = Instant.parse("2026-03-27T23:00:00Z").getEpochSecond() * perSecond;
        assertThat(table.bounds())
                .as("the second is a day of 23 hours")
                .containsExactly(
                        List.of(String.valueOf(low), String.valueOf(low + day)),
                        List.of(String.valueOf(low + day), String.valueOf(low + day + day / 24 * 23)));
        table.make();
        database.execute("INSERT INTO log VALUES (1, extract(epoch FROM now()) * " + perSecond + ")");
        assertThat(database.value("SELECT days_ahead > 1 FROM tidemark.partition_health"))
                .isEqualTo("t");
    }

    @Test
    void names_go_by_the_zone_and_every_row_has_its_partition(Database database) throws Exception {
        ManagedTable table = ManagedTable.of(
                database, "timestamptz", "width => '1 hour', time_zone => 'Europe/Berlin', premake => 0");

        table.makeBetween(
                "timestamptz '2026-10-25 00:30 Europe/Berlin'", "timestamptz '2026-10-25 04:30 Europe/Berlin'");
        database.execute(
                "INSERT INTO log SELECT i, timestamptz '2026-10-24 22:00+00' + i * interval '1 minute' FROM generate_series(0, 359) i");

        assertThat(database.rows("SELECT tableoid::regclass, count(*) FROM log GROUP BY 1 ORDER BY min(at)"))
                .containsExactly(
                        List.of("log_y2026m10d25h00", "60"),
                        List.of("log_y2026m10d25h01", "120"),
                        List.of("log_y2026m10d25h02", "60"),
                        List.of("log_y2026m10d25h03", "60"),
                        List.of("log_y2026m10d25h04", "60"));
    }

    private static LocalDateTime plus(LocalDateTime at, String step) {
        return step.startsWith("PT") ? at.plus(java.time.Duration.parse(step)) : at.plus(java.time.Period.parse(step));
    }

    /** Where clocks show a time twice, PostgreSQL takes the later one. */
    private static String utc(LocalDateTime local, String zone) {
        return local.atZone(ZoneId.of(zone))
                .withLaterOffsetAtOverlap()
                .withZoneSameInstant(ZoneId.of("UTC"))
                .format(UTC);
    }

    private static String moment(LocalDateTime local, String zone) {
        return "timestamptz '" + utc(local, zone) + " UTC'";
    }
}
