package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.Journal;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Finding;
import dev.tidemark.run.Outcome;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import org.junit.jupiter.api.Test;

/** Where Tidemark makes a table's partitions, those of an exchange are like them. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "an exchange makes partitions as the table's management does, and says where it is asked for others")
class ExchangeManagedIT {
    private static void managed(Database database, String type, String arguments) throws Exception {
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA).install();
        }
        database.execute(
                "CREATE TABLE log (id bigint, at " + type
                        + ", body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE log_rest PARTITION OF log DEFAULT");
        database.rows("SELECT tidemark.manage_partitions('log', " + arguments + ")");
    }

    private static ExchangeScenario drain(Database database) {
        return new ExchangeScenario(database, Goal.DRAINED, "log");
    }

    /** Nothing but the management tells: the table has no other partition. */
    @Test
    void width_zone_and_names_are_those_of_the_management(Database database) throws Exception {
        managed(
                database,
                "timestamptz",
                "width => '1 month', time_zone => 'America/New_York', name_pattern => '{table}_{yyyy}_{MM}'");
        database.execute(
                "INSERT INTO log SELECT g, timestamptz '2026-01-15 00:00+00' + g * interval '1 day', 'x' FROM generate_series(0, 99) AS g");
        ExchangeScenario scenario = drain(database);
        Rows rows = Rows.of(database, "log");

        assertThat(scenario.plan().findings())
                .filteredOn(f -> f.code().equals("TM346"))
                .singleElement()
                .satisfies(
                        f -> assertThat(f.what())
                                .isEqualTo(
                                        "The new partitions are like those that Tidemark makes of \"public\".\"log\": 1 month, in time zone America/New_York, called {table}_{yyyy}_{MM} (\"tidemark\".partition_set)."));
        scenario.apply();

        assertThat(scenario.partitions())
                .containsExactly(
                        "log_2026_01 2026-01-01 05:00:00+00 TO 2026-02-01 05:00:00+00",
                        "log_2026_02 2026-02-01 05:00:00+00 TO 2026-03-01 05:00:00+00",
                        "log_2026_03 2026-03-01 05:00:00+00 TO 2026-04-01 04:00:00+00",
                        "log_2026_04 2026-04-01 04:00:00+00 TO 2026-05-01 04:00:00+00",
                        "log_rest DEFAULT");
        assertThat(database.column(
                        "SELECT outcome FROM tidemark.make_partitions_for('log', '2026-01-15', '2026-06-15')"))
                .as("only what an exchange has left")
                .containsExactly("made", "made");

        scenario.goBack();
        assertThat(Rows.of(database, "log")).isEqualTo(rows);
    }

    @Test
    void the_unit_of_integers_is_that_of_the_management(Database database) throws Exception {
        managed(database, "bigint", "epoch => 'ms', time_zone => 'Europe/Berlin'");
        database.execute(
                "INSERT INTO log SELECT g, (extract(epoch FROM timestamptz '2026-03-28 12:00+01') * 1000)::bigint + g * 3600000, 'x' FROM generate_series(0, 47) AS g");
        ExchangeScenario scenario = drain(database);

        scenario.apply();

        assertThat(scenario.partitions())
                .containsExactly(
                        "log_rest DEFAULT",
                        "log_y2026m03d28 1774652400000 TO 1774738800000",
                        "log_y2026m03d29 1774738800000 TO 1774821600000",
                        "log_y2026m03d30 1774821600000 TO 1774908000000");
    }

    @Test
    void another_zone_or_unit_is_refused_with_both_values(Database database) throws Exception {
        managed(database, "bigint", "epoch => 'ms', time_zone => 'Europe/Berlin'");
        database.execute("INSERT INTO log VALUES (1, 1774652400000, 'x')");

        assertThat(drain(database).zone("UTC").epoch(Epoch.S).plan().blockers())
                .extracting(Finding::toString)
                .hasSize(2)
                .anySatisfy(f -> assertThat(f)
                        .contains(
                                "TM350",
                                "epoch=\"s\" contradicts",
                                "epoch is ms in \"tidemark\".partition_set",
                                "Leave epoch out",
                                "UPDATE \"tidemark\".partition_set SET epoch = 's'"))
                .anySatisfy(f -> assertThat(f)
                        .contains(
                                "TM350",
                                "timeZone=\"UTC\" contradicts",
                                "time_zone is Europe/Berlin in \"tidemark\".partition_set"));
        assertThat(drain(database).zone("Europe/Berlin").epoch(Epoch.MS).plan().isGo())
                .isTrue();
    }

    /** History in months beside days of today is a thing that people want. */
    @Test
    void another_width_or_name_is_pointed_out_with_both_values(Database database) throws Exception {
        managed(database, "timestamptz", "width => '1 day', time_zone => 'Europe/Berlin'");
        database.execute(
                "INSERT INTO log SELECT g, timestamptz '2026-01-15 00:00+00' + g * interval '1 day', 'x' FROM generate_series(0, 99) AS g");
        ExchangeScenario scenario = drain(database).interval("1 month").pattern("{table}_m{yyyy}{MM}");

        assertThat(scenario.plan().findings())
                .filteredOn(f -> f.code().equals("TM351"))
                .extracting(f -> f.blocking() + " " + f.what())
                .hasSize(2)
                .anySatisfy(f -> assertThat(f).contains("false interval=\"1 month\"", "that is \"1 day\""))
                .anySatisfy(f -> assertThat(f)
                        .contains("partitionName=\"{table}_m{yyyy}{MM}\"", "that is \"{table}_y{yyyy}m{MM}d{dd}\""));
        scenario.apply();

        assertThat(scenario.partitions())
                .contains("log_m202602 2026-01-31 23:00:00+00 TO 2026-02-28 23:00:00+00")
                .hasSize(5);
    }

    /** What was asked for is what a run is known by: what the database told it meanwhile may have changed. */
    @Test
    void a_run_that_was_broken_off_goes_on_although_the_management_has_changed(Database database) throws Exception {
        managed(database, "timestamptz", "width => '1 month', time_zone => 'Europe/Berlin'");
        database.execute(
                "INSERT INTO log SELECT g, timestamptz '2026-01-15 00:00+00' + g * interval '1 day', 'x' FROM generate_series(0, 99) AS g");
        ExchangeScenario scenario = drain(database).before("indexes", () -> {
            throw new IllegalStateException("broken off");
        });
        assertThatThrownBy(scenario::apply).hasMessageContaining("broken off");
        database.execute("UPDATE tidemark.partition_set SET width = '1 day', time_zone = 'UTC'");

        assertThat(drain(database).apply().result()).isEqualTo(Outcome.Result.DONE);

        assertThat(drain(database).partitions())
                .contains("log_y2026m02 2026-01-31 23:00:00+00 TO 2026-02-28 23:00:00+00")
                .hasSize(5);
    }
}
