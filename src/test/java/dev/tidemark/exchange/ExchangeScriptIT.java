package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.run.Listener;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is printed does the same. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise =
                "the printed SQL of an exchange, run by psql, ends in the same state, and so does that of its way back")
class ExchangeScriptIT {
    private static final String START = DrainDefaultIT.START
            + "CREATE TABLE events_past PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-03-01 00:00+00');"
            + "INSERT INTO events (at, station, body) SELECT timestamptz '2026-02-20 00:00+00' + g * interval '1 minute', 1, 'old' FROM generate_series(0, 9999) AS g;";

    @ParameterizedTest
    @EnumSource(
            value = Goal.class,
            names = {"DRAINED", "SPLIT"})
    void psql_ends_in_the_same_state(Goal goal, Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = new ExchangeScenario(database, goal, "events");
        String definition = scenario.definition();
        Rows rows = Rows.of(database, "events");
        scenario.apply();
        List<String> partitions = scenario.partitions();
        String exchanged = scenario.definition();
        scenario.goBack();

        String said = psql(database, script(database, scenario));

        // Who attaches them reads neither them nor the DEFAULT partition that stays.
        long attached =
                partitions.stream().filter(p -> p.startsWith("events_y")).count();
        assertThat(implied(said, "partition constraint for table")).isEqualTo(attached);
        assertThat(implied(said, "updated partition constraint for default partition"))
                .isEqualTo(goal == Goal.DRAINED ? 0 : attached);
        assertThat(scenario.partitions()).isEqualTo(partitions);
        assertThat(scenario.definition()).isEqualTo(exchanged);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(scenario.verify()).hasSize(1);
        String proof = proof(database);
        assertThat(database.psql(proof).succeeded().stdout()).contains("holds: rows of");
        database.execute("UPDATE events SET body = 'since' WHERE id % 2 = 0");
        Rows since = Rows.of(database, "events");

        String saidBack = psql(database, undoScript(database, scenario));

        assertThat(implied(saidBack, "partition constraint for table")).isEqualTo(1);
        assertThat(implied(saidBack, "updated partition constraint for default partition"))
                .isEqualTo(goal == Goal.DRAINED ? 0 : 1);
        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(scenario.definition()).isEqualTo(definition);
    }

    /** Returns what the server said while it worked. */
    private static String psql(Database database, List<String> script) {
        return database.psql("\\set ON_ERROR_STOP on\nSET client_min_messages = debug1;\n" + String.join(";\n", script)
                        + ";\n")
                .succeeded()
                .stderr();
    }

    /** How often a constraint made it needless to read rows. */
    private static long implied(String said, String what) {
        return said.lines()
                .filter(line -> line.contains("DEBUG:  " + what) && line.contains("is implied by existing constraints"))
                .count();
    }

    private static List<String> script(Database database, ExchangeScenario scenario) throws Exception {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection, Tidemark.DEFAULT_SCHEMA, Listener.SILENT)
                    .script(scenario.request());
        }
    }

    private static List<String> undoScript(Database database, ExchangeScenario scenario) throws Exception {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection, Tidemark.DEFAULT_SCHEMA, Listener.SILENT)
                    .undoScript(scenario.request());
        }
    }

    private static String proof(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection, Tidemark.DEFAULT_SCHEMA, Listener.SILENT)
                    .proofScript(new dev.tidemark.sql.TableName("public", "events"));
        }
    }
}
