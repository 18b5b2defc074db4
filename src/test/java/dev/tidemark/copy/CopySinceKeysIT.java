package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Tuning;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that a copy leaves behind reference rows of other tables, which go on living. */
@PostgresTest(needs = SEVERAL_SESSIONS)
class CopySinceKeysIT {
    private static final String EVENTS =
            """
            CREATE TABLE endpoint (id integer PRIMARY KEY, url text);
            INSERT INTO endpoint SELECT n, 'u' || n FROM generate_series(1, 20) AS n;
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, endpoint_id integer
                CONSTRAINT events_endpoint REFERENCES endpoint %s);
            CREATE INDEX ON events (endpoint_id);
            INSERT INTO events SELECT n, now() - n * interval '144 minutes', 1 + n %% 20 FROM generate_series(0, 899) AS n""";

    private static final TableName VISITS = new TableName("public", "visits");

    /** What the key would have done to them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ON DELETE CASCADE ON UPDATE CASCADE | 45 deleted",
                "ON DELETE SET NULL ON UPDATE SET NULL | 45 NULL",
                "ON DELETE SET DEFAULT ON UPDATE CASCADE | 45 default"
            })
    void what_the_rest_references_goes(String actions, String what, Database database) throws Exception {
        database.execute(EVENTS.formatted(actions).replace("endpoint_id integer", "endpoint_id integer DEFAULT 1"));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);

        database.execute("DELETE FROM endpoint WHERE id = 7; UPDATE endpoint SET id = 108 WHERE id = 8");

        List<String> since = database.column("SELECT e::text FROM events_all AS e ORDER BY 1");
        assertThat(database.number("SELECT count(*) FROM events_all WHERE endpoint_id IN (7, 8)"))
                .isZero();
        goBack(database, scenario);
        assertThat(database.column("SELECT e::text FROM events AS e ORDER BY 1"))
                .isEqualTo(since);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(what.endsWith("deleted") ? 855 : 900);
        assertThat(database.value("SELECT convalidated FROM pg_constraint WHERE conname = 'events_endpoint'"))
                .isEqualTo("t");
        assertThat(database.number(
                        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'endpoint'::regclass AND NOT tgisinternal"))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ON DELETE RESTRICT", "DEFERRABLE INITIALLY DEFERRED"})
    void what_only_the_rest_references_stays(String actions, Database database) throws Exception {
        database.execute(EVENTS.formatted(actions));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);
        database.execute("DELETE FROM events WHERE endpoint_id = 7");

        assertThatThrownBy(() -> database.execute("DELETE FROM endpoint WHERE id = 7"))
                .hasMessageContainingAll("foreign key constraint \"events_endpoint\"", "events_old");

        // What was copied and is gone since does not count.
        database.execute("DELETE FROM events_old WHERE endpoint_id = 7 AND at < "
                + database.value("SELECT purpose::jsonb ->> 'since' FROM tidemark.object WHERE kind = 'rest'"));
        assertThat(database.number("SELECT count(*) FROM events_old WHERE endpoint_id = 7"))
                .isPositive();
        database.execute("DELETE FROM endpoint WHERE id = 7");
        goBack(database, scenario);
        assertThat(database.number("SELECT count(*) FROM events WHERE endpoint_id = 7"))
                .isZero();
    }

    /** A row that comes late can be as old as the rest; on the way back there is a copy of it for a while. */
    @Test
    void a_late_old_row_that_is_gone_again_keeps_nothing(Database database) throws Exception {
        database.execute(EVENTS.formatted(""));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);
        database.execute("INSERT INTO endpoint VALUES (21, 'late'), (22, 'late')");
        database.execute(
                "INSERT INTO events VALUES (5000, now() - interval '60 days', 21), (5001, now() - interval '60 days', 22)");
        scenario.beforeBack("cutover", () -> {
            assertThat(database.number("SELECT count(*) FROM events_old WHERE id IN (5000, 5001)"))
                    .as("replayed already")
                    .isEqualTo(2);
            database.execute("BEGIN; DELETE FROM events WHERE id = 5000; DELETE FROM endpoint WHERE id = 21; COMMIT");
            database.execute("UPDATE events SET endpoint_id = 1 WHERE id = 5001; DELETE FROM endpoint WHERE id = 22");
        });

        goBack(database, scenario);

        assertThat(database.column("SELECT id || ' ' || endpoint_id FROM events WHERE id >= 5000"))
                .containsExactly("5001 1");
        assertThat(database.value("SELECT convalidated FROM pg_constraint WHERE conname = 'events_endpoint'"))
                .isEqualTo("t");
    }

    @Test
    void keys_of_two_tables_may_have_one_name(Database database) throws Exception {
        database.execute(EVENTS.formatted("DEFERRABLE"));
        database.execute(
                """
                CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz NOT NULL, endpoint_id integer
                    CONSTRAINT events_endpoint REFERENCES endpoint DEFERRABLE);
                INSERT INTO visits SELECT * FROM events""");
        CopyScenario scenario = new CopyScenario(database, CopyScenario.EVENTS, VISITS);
        apply(database, scenario, CopyScenario.EVENTS, VISITS);

        for (String rest : List.of("events_old", "visits_old")) {
            assertThatThrownBy(() -> database.execute(
                            "BEGIN; SET CONSTRAINTS events_endpoint DEFERRED; DELETE FROM endpoint WHERE id = 7; DELETE FROM events; DELETE FROM visits; DELETE FROM "
                                    + (rest.equals("events_old") ? "visits_old" : "events_old") + "; COMMIT"))
                    .hasMessageContainingAll("foreign key constraint \"events_endpoint\"", rest);
        }
        database.execute(
                "BEGIN; SET CONSTRAINTS events_endpoint DEFERRED; DELETE FROM endpoint WHERE id = 7; INSERT INTO endpoint VALUES (7, 'again'); COMMIT");
        try (Connection connection = database.connect()) {
            scenario.on(connection).undo(List.of(CopyScenario.EVENTS, VISITS), Tuning.of(Duration.ofSeconds(4)));
        }
        assertThat(database.number("SELECT count(*) FROM events JOIN visits USING (id, at, endpoint_id)"))
                .isEqualTo(900);
        assertThat(database.number(
                        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'endpoint'::regclass AND NOT tgisinternal"))
                .isZero();
    }

    @Test
    void they_go_with_the_rest(Database database) throws Exception {
        database.execute(EVENTS.formatted("ON DELETE CASCADE"));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .finalizeConversion(new FinalizeRequest(
                            CopyScenario.EVENTS, "events", Duration.ZERO, true, Duration.ofSeconds(2)));
        }
        assertThat(database.number(
                        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'endpoint'::regclass AND NOT tgisinternal"))
                .isZero();
        database.execute("DELETE FROM endpoint WHERE id = 7");
        assertThat(database.number("SELECT count(*) FROM events WHERE endpoint_id = 7"))
                .isZero();
    }

    /** No trigger hears of it. */
    @Test
    void what_dangles_is_named_before_a_way_back(Database database) throws Exception {
        database.execute(EVENTS.formatted("ON DELETE CASCADE"));
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario);
        database.execute("SET session_replication_role = replica; DELETE FROM endpoint WHERE id = 7;"
                + " DELETE FROM events WHERE endpoint_id = 7; RESET session_replication_role");

        assertThatThrownBy(() -> goBack(database, scenario))
                .hasMessageContainingAll("TM502", "\"events_old\"", "\"endpoint\"", "events_endpoint", "DELETE FROM");

        assertThat(scenario.state()).isEqualTo("DONE");
    }

    private static void apply(Database database, CopyScenario scenario) throws SQLException {
        apply(database, scenario, CopyScenario.EVENTS);
    }

    private static void apply(Database database, CopyScenario scenario, TableName... tables) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(request(tables));
        }
    }

    private static void goBack(Database database, CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).undo(List.of(CopyScenario.EVENTS), Tuning.of(Duration.ofSeconds(4)));
        }
    }

    private static ConversionRequest request(TableName... tables) {
        return new ConversionRequest(
                Goal.PARTITIONS, Stream.of(tables).map(CopySinceKeysIT::target).toList(), Options.DEFAULTS);
    }

    private static ConversionTarget target(TableName table) {
        return Requests.daily(
                table,
                "at",
                new Partitioning(
                        "Europe/Berlin", 3, Optional.empty(), false, Optional.of(Interval.parse("15 days")), false));
    }
}
