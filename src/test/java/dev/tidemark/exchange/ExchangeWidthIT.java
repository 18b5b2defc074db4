package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Plan;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the new partitions begin and end, how many there are, and that every value has its place. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "new partitions of an exchange lie where the calendar has its lines, and every row has one")
class ExchangeWidthIT {
    private static String table(String type) {
        return "CREATE TABLE t (id bigint, at " + type
                + ", body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE t_rest PARTITION OF t DEFAULT;";
    }

    private static ExchangeScenario drain(Database database) {
        return new ExchangeScenario(database, Goal.DRAINED, "t");
    }

    /** There and back, with every row. */
    private static List<String> exchanged(Database database, ExchangeScenario scenario) throws Exception {
        Rows rows = Rows.of(database, "t");
        List<String> before = scenario.partitions();
        scenario.apply();
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        List<String> partitions = scenario.partitions();
        scenario.goBack();
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        assertThat(scenario.partitions()).isEqualTo(before);
        return partitions;
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-02, 2026-03-09, t_y2026m03d09 2026-03-09 00:00:00 TO 2026-03-16 00:00:00",
        "2026-03-04, 2026-03-11, t_y2026m03d11 2026-03-11 00:00:00 TO 2026-03-18 00:00:00",
        "2026-03-02, 2026-03-12, t_y2026m03d12 2026-03-12 00:00:00 TO 2026-03-22 00:00:00",
        "2026-02-01, 2026-03-01, t_y2026m03 2026-03-01 00:00:00 TO 2026-04-01 00:00:00",
        "2026-01-01, 2026-04-01, t_y2026m04 2026-04-01 00:00:00 TO 2026-07-01 00:00:00",
        "2025-01-01, 2026-01-01, t_y2026 2026-01-01 00:00:00 TO 2027-01-01 00:00:00"
    })
    void the_calendar_of_the_present_partitions_is_told(String from, String to, String next, Database database)
            throws Exception {
        database.execute(
                table("timestamp") + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('" + from + "') TO ('"
                        + to
                        + "'); INSERT INTO t SELECT g, timestamp '2025-11-01 00:30' + g * interval '1 day 1 hour', 'x' FROM generate_series(0, 199) AS g; ANALYZE t");

        assertThat(exchanged(database, drain(database))).contains(next);
    }

    /** What is given as the second of two equal hours is where a partition begins; a row of the first lies in the one before. */
    @ParameterizedTest
    @CsvSource({
        "Europe/Berlin, 2026-03-02 12:00+00, 2026-03-02 13:00+00, 2026-10-25 00:30+00, t_y2026m10d25h01 2026-10-24 23:00:00+00 TO 2026-10-25 01:00:00+00",
        "America/Havana, 2018-03-20 04:00+00, 2018-03-21 04:00+00, 2018-11-04 04:30+00, t_y2018m11d03 2018-11-03 04:00:00+00 TO 2018-11-04 05:00:00+00"
    })
    void an_hour_that_a_clock_shows_twice(
            String zone, String from, String to, String row, String partition, Database database) throws Exception {
        database.execute(table("timestamptz") + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('" + from + "') TO ('"
                + to + "'); INSERT INTO t VALUES (1, '" + row + "', 'in the first'); ANALYZE t");

        assertThat(exchanged(database, drain(database).zone(zone))).contains(partition);
    }

    /** Quarters of an hour that the clock leaves out are nowhere: 02:15 is 03:00, not 03:15. */
    @ParameterizedTest
    @CsvSource({"15 minutes, t_y2026m03d29h01m45", "45 minutes, t_y2026m03d29h01m30"})
    void quarters_of_an_hour_that_a_clock_leaves_out(String width, String last, Database database) throws Exception {
        database.execute(
                table("timestamptz")
                        + "INSERT INTO t SELECT g, timestamptz '2026-03-28 23:10+00' + g * interval '5 minutes', 'x' FROM generate_series(0, 39) AS g; ANALYZE t");

        assertThat(exchanged(database, drain(database).zone("Europe/Berlin").interval(width)))
                .anyMatch(p -> p.startsWith(last + " 2026-03-29 00:") && p.endsWith(" TO 2026-03-29 01:00:00+00"));

        database.execute(
                "DROP TABLE t;" + table("timestamptz")
                        + "DROP TABLE t_rest; CREATE TABLE t_all PARTITION OF t FOR VALUES FROM (MINVALUE) TO ('2026-03-29 03:00+00');"
                        + "CREATE TABLE t_next PARTITION OF t FOR VALUES FROM ('2026-03-29 03:00+00') TO ('2026-03-29 03:15+00');"
                        + "INSERT INTO t SELECT g, timestamptz '2026-03-28 23:10+00' + g * interval '5 minutes', 'x' FROM generate_series(0, 39) AS g; ANALYZE t");
        assertThat(exchanged(
                        database,
                        new ExchangeScenario(database, Goal.SPLIT, "t")
                                .zone("Europe/Berlin")
                                .interval(width)))
                .anyMatch(p -> p.startsWith(last + " 2026-03-29 00:") && p.endsWith(" TO 2026-03-29 01:00:00+00"));
    }

    @ParameterizedTest
    @CsvSource({
        "bigint, -9223372036854775808, 9223372036854775807, t_p9223372036854775000 9223372036854775000 TO MAXVALUE",
        "integer, -2147483648, 2147483647, t_p2147483000 2147483000 TO MAXVALUE",
        "smallint, -32768, 32767, t_p32000 32000 TO MAXVALUE"
    })
    void numbers_reach_to_the_ends_of_their_type(
            String type, String least, String greatest, String last, Database database) throws Exception {
        database.execute(table(type)
                + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1000) TO (2000); INSERT INTO t SELECT g, g, 'x' FROM generate_series(500, 9000) AS g;"
                + "INSERT INTO t VALUES (1, " + least + ", 'least'), (2, " + greatest + ", 'greatest'); ANALYZE t");

        List<String> partitions = exchanged(database, drain(database));

        assertThat(partitions).contains(last).anyMatch(p -> p.contains(" MINVALUE TO "));
        assertThat(partitions.stream().filter(p -> p.startsWith("t_p"))).hasSize(11);
    }

    @Test
    void days_that_no_timestamp_reaches_stay(Database database) throws Exception {
        database.execute(
                table("date")
                        + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-03-01') TO ('2026-03-02'); INSERT INTO t VALUES (1, '5874897-12-31', 'for ever'), (2, 'infinity', 'for ever'), (3, '0044-03-15 BC', 'Ides'), (4, '2026-04-01', 'x'); ANALYZE t");
        ExchangeScenario scenario = drain(database);

        scenario.apply();

        assertThat(database.column("SELECT id FROM t_rest ORDER BY id")).containsExactly("1", "2");
        assertThat(scenario.partitions()).hasSize(4);
    }

    /** A row that lies by itself, years away, takes one partition, not thousands. */
    @Test
    void the_plan_counts_partitions_where_there_are_rows(Database database) throws Exception {
        database.execute(
                table("timestamptz")
                        + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');"
                        + "INSERT INTO t SELECT g, timestamptz '2026-03-02 00:00+00' + g * interval '1 minute', 'x' FROM generate_series(0, 4999) AS g;"
                        + "INSERT INTO t VALUES (-1, '1970-01-01', 'zero'), (-2, '2038-01-19 03:14:07+00', 'the end'); ANALYZE t");
        ExchangeScenario scenario = drain(database);

        assertThat(scenario.plan().findings()).noneMatch(Finding::blocking);
        scenario.apply();
        assertThat(scenario.partitions()).hasSize(2 + 4 + 2);
    }

    @Test
    void the_plan_says_where_a_history_is_too_long(Database database) throws Exception {
        database.execute(
                "CREATE TABLE t (id bigint, at timestamptz, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
                        + "CREATE TABLE t_past PARTITION OF t FOR VALUES FROM (MINVALUE) TO ('2026-03-01 00:00+00');"
                        + "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');"
                        + "INSERT INTO t VALUES (1, '1970-01-01 12:00+00', 'x'), (2, '2026-02-02', 'x'); ANALYZE t");
        ExchangeScenario scenario = new ExchangeScenario(database, Goal.SPLIT, "t");

        assertThat(scenario.plan().blockers()).singleElement().satisfies(f -> assertThat(f.code() + " " + f.what())
                .isEqualTo(
                        "TM172 Rows of \"public\".\"t_past\" need 20,513 partitions of 1 day; 10,000 are possible."));

        database.execute("UPDATE t SET at = '2020-01-01 12:00+00' WHERE id = 1");
        Plan long2250 = scenario.plan();
        assertThat(long2250.blockers()).extracting(Finding::code).contains("TM221");
        assertThat(long2250.estimate().windows()).anyMatch(w -> w.hold().toMillis() > 2_250 * 4);
        assertThat(scenario.interval("1 month").plan().isGo()).isTrue();
        scenario.apply();
        assertThat(scenario.partitions()).hasSize(74 + 1);
    }
}
