package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy is proved again while the application writes, and the side that nobody uses is repaired; with Tidemark and without. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise =
                "a proof taken after the cutover finds what differs, and a repair never touches what the application uses")
class CopyVerifyIT {
    private static final int ROWS = 6000;
    private static final String START =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, code int NOT NULL, amount numeric, body text, twice int GENERATED ALWAYS AS (code * 2) STORED,
              PRIMARY KEY (id, at), UNIQUE (code, at));
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 minute', n, n, 'x' FROM generate_series(1, %d) AS n;
            """
                    .formatted(ROWS);
    private static final String BY_TIME = "CREATE INDEX ON events (at);";
    /** One of each kind: changed, exchanged with another range's, gone, too many, moved. */
    private static final String DAMAGE =
            """
            UPDATE TABLE_NAME SET amount = 77.0 WHERE id = 77;
            UPDATE TABLE_NAME SET code = -code WHERE id IN (100, 5000);
            UPDATE TABLE_NAME SET code = 5100 - (-code) WHERE id IN (100, 5000);
            DELETE FROM TABLE_NAME WHERE id = 2000;
            INSERT INTO TABLE_NAME (id, at, code, body) VALUES (-5, '2026-01-02 00:00:30Z', -5, 'stray');
            WITH gone AS (DELETE FROM TABLE_NAME WHERE id = 300 RETURNING *)
            INSERT INTO TABLE_NAME (id, at, code, amount, body) SELECT id, at + interval '2 days', code, amount, body FROM gone;
            """;

    private final Database database;

    CopyVerifyIT(Database database) {
        this.database = database;
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_TIME, ""})
    void a_copy_is_proved_while_the_application_writes(String index) throws Exception {
        CopyScenario scenario = converted(index);
        try (OpenLoopWriter writer = OpenLoopWriter.start(database, 50, 4, CopyVerifyIT::write)) {
            Outcome outcome = verify(scenario, false);

            assertThat(outcome.proofs()).singleElement().asString().contains("contents of", "before and after");
            assertThat(outcome.took()).extracting(Outcome.Took::step).containsExactly("prove", "judge");
            assertThat(slices(outcome.runId())).isGreaterThan(index.isEmpty() ? 0 : 3);
            Output proof = database.psql(proofScript(scenario));
            assertThat(proof.exitCode()).as(proof.stderr()).isZero();
            assertThat(proof.stdout().lines())
                    .singleElement()
                    .asString()
                    .startsWith("holds: rows of \"public\".\"events\" and of \"public\".\"events_old\": ");
            assertThat(writer.stop().failures()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_TIME, ""})
    void what_differs_after_the_cutover_is_named_and_repaired_in_the_retired_table(String index) throws Exception {
        CopyScenario scenario = converted(index);
        database.execute("UPDATE events SET body = 'later' WHERE id = 40; DELETE FROM events WHERE id = 41");
        Rows used = Rows.of(database, "events");
        database.execute(DAMAGE.replace("TABLE_NAME", "events_old"));

        assertThatThrownBy(() -> verify(scenario, false))
                .isInstanceOf(Refused.class)
                .hasMessageContainingAll(
                        "BROKEN", "row (77, ", ") differs in amount", "row (2000, ", "is not in the copy", "row (-5, ");
        Output proof = database.psql(proofScript(scenario));
        assertThat(proof.exitCode()).isEqualTo(3);
        assertThat(proof.stdout()).isEmpty();
        assertThat(proof.stderr()).contains("proof failed", "row (77, ", ") differs in amount");
        assertThat(scenario.state()).isEqualTo("FAILED");

        Outcome repaired = verify(scenario, true);

        assertThat(repaired.proofs()).singleElement().asString().contains("before and after");
        assertThat(Rows.of(database, "events")).isEqualTo(used);
        assertThat(
                        database.rows(
                                "SELECT key[1], old_hash IS NULL, new_hash IS NULL, old_row FROM tidemark.repair WHERE key[1] IN ('77', '2000', '-5') ORDER BY key[1]::int"))
                .hasSize(3)
                .anySatisfy(row -> assertThat(row)
                        .startsWith("-5", "f", "t")
                        .last()
                        .asString()
                        .contains("stray"))
                .anySatisfy(row -> assertThat(row)
                        .startsWith("77", "f", "f")
                        .last()
                        .asString()
                        .contains("77.0"))
                .anySatisfy(row -> assertThat(row).startsWith("2000", "t", "f"));
        assertThat(verify(scenario, false).runId()).isNotEqualTo(repaired.runId());
        scenario.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(used);
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_TIME, ""})
    void what_differs_before_the_cutover_is_repaired_in_the_copy(String index) throws Exception {
        database.execute(START + index);
        Rows used = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before("prove", () -> database.execute(DAMAGE.replace("TABLE_NAME", "events_new")));
        assertThatThrownBy(scenario::convert).hasMessageContaining("TM500");
        database.execute("UPDATE events SET amount = amount WHERE id = 78");

        assertThatThrownBy(() -> verify(scenario, false)).hasMessageContaining("row (77, ");
        verify(scenario, true);

        assertThat(Rows.of(database, "events")).isEqualTo(used);
        assertThat(scenario.convert().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.number("SELECT count(*) FROM timescaledb_information.chunks"))
                .isPositive();
        assertThat(Rows.of(database, "events")).isEqualTo(used);
    }

    @Test
    void a_proof_that_was_broken_off_goes_on_and_does_nothing_twice() throws Exception {
        CopyScenario scenario = converted(BY_TIME);
        scenario.before("judge", () -> {
            throw new IllegalStateException("broken off");
        });
        assertThatThrownBy(() -> verify(scenario, false)).hasStackTraceContaining("broken off");
        String first = database.value(
                "SELECT id || ' ' || (SELECT max(finished_at) FROM tidemark.slice WHERE run = r.id) FROM tidemark.run AS r WHERE state = 'RUNNING'");

        Outcome second = verify(scenario, false);

        assertThat(second.runId() + " "
                        + database.value(
                                "SELECT max(finished_at) FROM tidemark.slice WHERE run = '" + second.runId() + "'"))
                .isEqualTo(first);
    }

    /** It used to say that both were equal in no row at all. */
    @Test
    void after_a_truncate_nothing_is_proved_and_that_is_said() throws Exception {
        CopyScenario scenario = converted(BY_TIME);
        database.execute("TRUNCATE events; INSERT INTO events (id, at, code) VALUES (1, '2026-01-01 00:00Z', 1)");

        assertThatThrownBy(() -> verify(scenario, false))
                .hasMessageContainingAll("\"public\".\"events\" has been truncated", "nothing is proved", "TM413");
        Output proof = database.psql(proofScript(scenario));
        assertThat(proof.exitCode()).isEqualTo(3);
        assertThat(proof.stderr()).contains("\"public\".\"events\" has been truncated");
        assertThat(scenario.state()).isEqualTo("FAILED");

        scenario.goBack();
        assertThat(database.column("SELECT id FROM events")).containsExactly("1");
    }

    /** What is taken back is the conversion, not the proof. */
    @Test
    void a_proof_that_was_broken_off_is_in_nobodys_way() throws Exception {
        database.execute(START + BY_TIME);
        Rows used = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before("prove", () -> database.execute("UPDATE events_new SET amount = 77.0 WHERE id = 77"));
        assertThatThrownBy(scenario::convert).hasMessageContaining("TM500");
        scenario.before("judge", () -> {
            throw new IllegalStateException("broken off");
        });
        assertThatThrownBy(() -> verify(scenario, false)).hasStackTraceContaining("broken off");

        scenario.abort();

        assertThat(database.column("SELECT kind || ' ' || state FROM tidemark.run ORDER BY started_at"))
                .containsExactly("convertToHypertable UNDONE", "verifyConversion UNDONE");
        assertThat(database.value("SELECT to_regclass('events_new')")).isNull();
        assertThat(Rows.of(database, "events")).isEqualTo(used);
        assertThatThrownBy(() -> verify(scenario, false)).hasMessageContaining("There is no finished conversion");
    }

    /** A proof that did not hold is taken anew, whole: what was equal then may not be now. */
    @Test
    void finalizing_asks_for_a_fresh_proof_each_time() throws Exception {
        CopyScenario scenario = converted(BY_TIME);
        database.execute("UPDATE events_old SET amount = 77.0 WHERE id = 77");
        assertThatThrownBy(() -> finish(scenario)).hasMessageContainingAll("proof failed", "row (77, ");
        verify(scenario, true);
        database.execute("UPDATE events_old SET amount = 5000.0 WHERE id = 5000");

        assertThatThrownBy(() -> finish(scenario)).hasMessageContainingAll("proof failed", "row (5000, ");

        verify(scenario, true);
        assertThat(finish(scenario).result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.value("SELECT to_regclass('events_old')")).isNull();
        assertThatThrownBy(() -> verify(scenario, false)).hasMessageContaining("was finalized");
    }

    private CopyScenario converted(String index) throws SQLException {
        database.execute(START + index);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        return scenario;
    }

    private Outcome verify(CopyScenario scenario, boolean repair) throws SQLException {
        try (Connection connection = database.connect()) {
            return scenario.on(connection)
                    .verify(new VerifyRequest(CopyScenario.EVENTS, repair, new Tuning(Duration.ofSeconds(4), 2)));
        }
    }

    private Outcome finish(CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            return scenario.on(connection)
                    .finalizeConversion(new FinalizeRequest(
                            CopyScenario.EVENTS, "events", Duration.ZERO, false, Duration.ofSeconds(4)));
        }
    }

    private String proofScript(CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark tidemark = scenario.on(connection);
            return tidemark.proofScript(CopyScenario.EVENTS);
        }
    }

    private long slices(String runId) {
        return database.number("SELECT count(*) FROM tidemark.slice WHERE run = '" + runId + "'");
    }

    private static OpenLoopWriter.Write write(Connection connection, long number) throws SQLException {
        long id = 1 + number * 37 % ROWS;
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE events SET amount = coalesce(amount, 0) + 1 WHERE id = " + id
                    + "; INSERT INTO events (id, at, code, body) VALUES (" + (ROWS + 1 + number) + ", '2026-01-0"
                    + (1 + number % 5) + " 00:00:00.5Z', " + (ROWS + 1 + number) + ", 'new')");
        }
        return new OpenLoopWriter.Write(ROWS + 1 + number, 1);
    }
}
