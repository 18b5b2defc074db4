package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** A key that the time column was added to stays unique by itself. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, SUPERUSER},
        promise = "keyGuard: a key stays unique across partitions, whoever writes it at the same time")
class KeyGuardIT {
    private static final String EVENTS =
            """
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text);
            INSERT INTO events SELECT n, now() - n * interval '1 hour', 'b' || n FROM generate_series(1, 100) AS n""";

    private static final String AGAIN = "INSERT INTO events VALUES (5000, now() - interval '3 days', 'again')";

    private final Database database;

    KeyGuardIT(Database database) {
        this.database = database;
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE; DROP TABLE IF EXISTS events, events_old CASCADE");
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"COPY", "ATTACH"})
    void a_second_row_is_refused_as_by_the_constraint(Strategy strategy) throws Exception {
        database.execute(EVENTS);
        convert(strategy);

        try (Connection connection = database.connect()) {
            ServerErrorMessage error = refused(connection, "INSERT INTO events VALUES (7, now(), 'twice')");

            assertThat(error.getSQLState()).isEqualTo("23505");
            assertThat(error.getMessage()).isEqualTo("duplicate key value violates unique constraint \"events_pkey\"");
            assertThat(error.getDetail()).isEqualTo("Key (id)=(7) already exists.");
            assertThat(error.getConstraint()).isEqualTo("events_pkey");
            assertThat(error.getTable()).isEqualTo("events");
            assertThat(error.getSchema()).isEqualTo("public");
            for (String statement : List.of(
                    "UPDATE events SET id = 8 WHERE id = 9",
                    "INSERT INTO events VALUES (200, now(), ''), (200, now() - interval '1 day', '')",
                    "WITH a AS (INSERT INTO events VALUES (201, now(), '')) INSERT INTO events VALUES (201, now() - interval '1 day', '')",
                    "INSERT INTO " + partition()
                            + " SELECT 60, at + interval '1 millisecond', 'straight into a partition' FROM events WHERE id = 1",
                    "SET LOCAL session_replication_role = replica; INSERT INTO events VALUES (7, now(), 'an applier')",
                    "INSERT INTO events SELECT 300 + n % 700, now() - n * interval '1 second', '' FROM generate_series(1, 1500) AS n")) {
                assertThat(refused(connection, statement).getSQLState())
                        .as(statement)
                        .isEqualTo("23505");
            }
            for (String statement : List.of(
                    "INSERT INTO events (id, at, body) SELECT id, at, 'by upsert' FROM events WHERE id = 10 ON CONFLICT (id, at) DO UPDATE SET body = excluded.body",
                    "INSERT INTO events (id, at) SELECT id, at FROM events WHERE id = 11 ON CONFLICT DO NOTHING",
                    "UPDATE events SET at = at - interval '1 day' WHERE id = 12",
                    "UPDATE events SET id = -id, at = at - interval '1 day' WHERE id = 13",
                    "UPDATE events SET body = 'other' WHERE id < 50",
                    "UPDATE events SET id = id WHERE id = 14",
                    "DELETE FROM events WHERE id = 15; INSERT INTO events VALUES (15, now(), 'anew')",
                    "WITH gone AS (DELETE FROM events WHERE id = 16 RETURNING *) SELECT count(*) FROM gone; INSERT INTO events VALUES (16, now(), '')")) {
                assertThatCode(() -> execute(connection, statement))
                        .as(statement)
                        .doesNotThrowAnyException();
            }
            assertThat(database.value("SELECT body FROM events WHERE id = 10")).isEqualTo("other");
        }
        assertThat(database.number("SELECT count(*) - count(DISTINCT id) FROM events"))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void of_two_at_a_time_one_waits_for_the_other(boolean commits) throws Exception {
        database.execute(EVENTS);
        convert();
        try (Connection first = database.connect();
                Connection second = database.connect()) {
            first.setAutoCommit(false);
            execute(first, "INSERT INTO events VALUES (5000, now(), 'first')");
            CompletableFuture<Void> waiting =
                    CompletableFuture.runAsync(() -> CopyScenario.happen(() -> execute(second, AGAIN)));
            awaitWaiting();
            assertThat(waiting).isNotDone();

            if (commits) {
                first.commit();
                assertThatThrownBy(waiting::join).hasMessageContaining("duplicate key value violates");
            } else {
                first.rollback();
                waiting.join();
            }
        }
        assertThat(database.number("SELECT count(*) FROM events WHERE id = 5000"))
                .isEqualTo(1);
    }

    /** It will never see the other's row, so it must not wait for it. */
    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void an_old_snapshot_is_no_way_around(int isolation) throws Exception {
        database.execute(EVENTS);
        convert();
        try (Connection first = database.connect();
                Connection second = database.connect()) {
            first.setAutoCommit(false);
            second.setTransactionIsolation(isolation);
            second.setAutoCommit(false);
            execute(second, "SELECT count(*) FROM events");
            execute(first, "INSERT INTO events VALUES (5000, now(), 'first')");

            assertThat(refused(second, AGAIN).getSQLState()).isEqualTo("40001");
        }
    }

    /** PostgreSQL itself keeps two serializable transactions apart, one after the other too. */
    @Test
    void serializable_transactions_are_kept_apart() throws Exception {
        database.execute(EVENTS);
        convert();
        try (Connection first = database.connect();
                Connection second = database.connect()) {
            for (Connection one : List.of(first, second)) {
                one.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                one.setAutoCommit(false);
                execute(one, "SELECT count(*) FROM events WHERE id = 1");
            }
            execute(first, "INSERT INTO events VALUES (5000, now(), 'first')");
            first.commit();

            assertThatThrownBy(() -> {
                        execute(second, AGAIN);
                        second.commit();
                    })
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("40001"));
        }
    }

    /** The server has room for some thousand locks, everybody's together. */
    @Test
    void many_rows_take_few_locks() throws Exception {
        database.execute(EVENTS);
        convert();
        try (Connection bulk = database.connect();
                Connection other = database.connect()) {
            bulk.setAutoCommit(false);
            execute(
                    bulk,
                    "INSERT INTO events SELECT 10000 + n, now() - n * interval '1 second', '' FROM generate_series(1, 20000) AS n");
            assertThat(database.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
                    .isLessThan(1_010);
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> CopyScenario.happen(
                    () -> execute(other, "INSERT INTO events VALUES (29999, now() - interval '2 days', '')")));
            awaitWaiting();
            bulk.commit();
            assertThatThrownBy(waiting::join).hasMessageContaining("duplicate key value violates");
        }
    }

    /** Several columns; values that are equal and do not look it; a type that nothing hashes. */
    @Test
    void keys_of_all_kinds() throws Exception {
        database.execute(
                """
                CREATE TYPE mood AS ENUM ('bad', 'good');
                CREATE TABLE events ("a B" mood, n numeric, at timestamptz NOT NULL, flags bit(4), u uuid, PRIMARY KEY ("a B", n, flags));
                INSERT INTO events SELECT 'good', n, now() - n * interval '1 hour', B'0101' FROM generate_series(1, 100) AS n""");
        convert();
        try (Connection connection = database.connect()) {
            ServerErrorMessage error = refused(connection, "INSERT INTO events VALUES ('good', 7.00, now(), B'0101')");
            assertThat(error.getSQLState()).isEqualTo("23505");
            assertThat(error.getDetail()).isEqualTo("Key (a B, n, flags)=(good, 7.00, 0101) already exists.");
            execute(connection, "INSERT INTO events VALUES ('good', 7, now(), B'0111'), ('bad', 7, now(), B'0101')");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"COPY", "ATTACH"})
    void it_goes_with_the_way_back_and_outlives_the_end(Strategy strategy) throws Exception {
        database.execute(EVENTS);
        CopyScenario scenario = convert(strategy);
        try (Connection connection = database.connect()) {
            scenario.on(connection).undo(List.of(CopyScenario.EVENTS), Tuning.of(Duration.ofSeconds(2)));
        }
        assertThat(database.number("SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tidemark%')"
                        + " + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'key_guard%')"))
                .isZero();
        assertThat(scenario.state()).isEqualTo("UNDONE");

        convert(strategy);
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .finalizeConversion(new FinalizeRequest(
                            CopyScenario.EVENTS, "events", Duration.ZERO, false, Duration.ofSeconds(2)));
            assertThat(refused(connection, "INSERT INTO events VALUES (7, now(), 'twice')")
                            .getSQLState())
                    .isEqualTo("23505");
        }
        database.execute(
                "CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('2090-01-01') TO ('2091-01-01')");
        try (Connection connection = database.connect()) {
            assertThat(refused(
                                    connection,
                                    "SET LOCAL session_replication_role = replica; INSERT INTO events_later VALUES (7, '2090-06-01', 'twice')")
                            .getSQLState())
                    .isEqualTo("23505");
        }
    }

    private CopyScenario convert() throws SQLException {
        return convert(Strategy.COPY);
    }

    private CopyScenario convert(Strategy strategy) throws SQLException {
        CopyScenario scenario = CopyScenario.ofEvents(database);
        try (Connection connection = database.connect()) {
            scenario.on(connection)
                    .apply(new ConversionRequest(
                            Goal.PARTITIONS,
                            List.of(Requests.daily(
                                    CopyScenario.EVENTS,
                                    "at",
                                    new Partitioning("UTC", 3, Optional.empty(), true, Optional.empty(), true))),
                            Options.DEFAULTS.with(strategy)));
        }
        return scenario;
    }

    private String partition() {
        return database.value("SELECT tableoid::regclass FROM events WHERE id = 1");
    }

    private void awaitWaiting() {
        Await.until(
                "somebody waits for the key",
                Duration.ofSeconds(10),
                () -> database.number(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'")
                        == 1);
    }

    private static ServerErrorMessage refused(Connection connection, String sql) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            execute(connection, sql);
            throw new AssertionError("not refused: " + sql);
        } catch (PSQLException e) {
            return e.getServerErrorMessage();
        } finally {
            connection.rollback();
            connection.setAutoCommit(autoCommit);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
