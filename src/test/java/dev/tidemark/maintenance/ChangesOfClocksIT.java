package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Widths of parts of a day, on days on which clocks are changed. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "partitions of hours and minutes follow each other when clocks are changed")
class ChangesOfClocksIT {
    private static final String KEY_OF_BIGINT = "(extract(epoch FROM %s) * 1000)::bigint";

    /** From one moment to another, both of them in an hour that is left out or shown twice or near it. */
    @ParameterizedTest
    @CsvSource({
        "15 minutes, Europe/Berlin, 2026-03-28 23:10Z, 2026-03-29 03:05Z",
        "15 minutes, Europe/Berlin, 2026-10-25 00:20Z, 2026-10-25 00:40Z",
        "15 minutes, Europe/Berlin, 2026-10-24 22:20Z, 2026-10-25 03:40Z",
        "45 minutes, Europe/Berlin, 2026-03-28 20:10Z, 2026-03-29 05:05Z",
        "45 minutes, Europe/Berlin, 2026-10-24 20:10Z, 2026-10-25 05:05Z",
        "1 hour, Europe/Berlin, 2026-10-25 00:20Z, 2026-10-25 00:40Z",
        "1 hour, Europe/Berlin, 2026-03-28 22:20Z, 2026-03-29 04:40Z",
        "12 hours, Europe/Berlin, 2026-10-25 00:20Z, 2026-10-25 00:40Z",
        "20 minutes, Australia/Lord_Howe, 2026-10-03 13:00Z, 2026-10-03 17:00Z",
        "20 minutes, Australia/Lord_Howe, 2026-04-04 14:40Z, 2026-04-04 15:50Z",
        "1 hour, Australia/Lord_Howe, 2026-04-04 14:40Z, 2026-04-04 14:55Z",
        "12 hours, Pacific/Apia, 2011-12-29 00:00Z, 2011-12-31 20:00Z",
        "30 minutes, America/New_York, 2028-03-12 05:00Z, 2028-03-12 09:00Z",
        "10 minutes, Africa/Cairo, 2026-04-23 21:00Z, 2026-04-24 01:00Z",
        "90 minutes, Asia/Kathmandu, 2026-04-23 21:00Z, 2026-04-24 01:00Z"
    })
    void each_row_has_its_place(String width, String zone, String from, String to, Database database) throws Exception {
        for (String type : List.of("timestamptz", "bigint")) {
            boolean integer = type.equals("bigint");
            ManagedTable table = ManagedTable.of(
                    database,
                    type,
                    "width => '" + width + "', time_zone => '" + zone + "'" + (integer ? ", epoch => 'ms'" : ""));

            assertThat(table.makeBetween("'" + from + "'", "'" + to + "'"))
                    .as("of %s", type)
                    .isNotEmpty()
                    .allMatch(line -> line.get(1).equals("made"))
                    .noneMatch(line -> line.get(0).matches(".*_\\d"));
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM (SELECT low, lag(high) OVER (ORDER BY low) AS before FROM tidemark.partitions_of('log')) p WHERE low <> before"))
                    .as("gaps")
                    .isZero();
            database.execute("INSERT INTO log SELECT 1, " + (integer ? KEY_OF_BIGINT.formatted("m") : "m")
                    + " FROM generate_series('" + from + "'::timestamptz, '" + to + "', '5 minutes') AS m");
            assertThat(table.makeBetween("'" + from + "'", "'" + to + "'")).isEmpty();
            database.execute("SELECT tidemark.forget_partitions('log'); DROP TABLE log");
        }
    }
}
