package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.run.Assistance;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second process helps a copy, or is there when the first one dies. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a second process may help a copy, come, go and die; each slice is done once")
class AssistIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROWS = 120_000;

    /** Backends that wait at the gate with a slice that they have done and not committed. */
    private static final String AT_THE_GATE =
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
                    + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private static final String DONE_BY =
            "SELECT DISTINCT s.process FROM tidemark.slice AS s JOIN tidemark.step AS p ON p.run = s.run AND p.ordinal = s.step WHERE p.id = 'copy' AND s.state = 'DONE'";

    @TempDir
    Path directory;

    /** Somebody's connections, by their backends. */
    private static final class Connections {
        private final Database database;
        private final Set<String> backends = ConcurrentHashMap.newKeySet();

        Connections(Database database) {
            this.database = database;
        }

        Connection open() throws SQLException {
            Connection connection = database.connect();
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                backends.add(row.getString(1));
            }
            return connection;
        }

        Tidemark tidemark(Connection main) {
            return Tidemark.on(main, () -> Optional.of(open()), Tidemark.DEFAULT_SCHEMA, Listener.SILENT);
        }
    }

    /** All within one chunk: whoever makes one keeps the others from making the next until his slice is committed. */
    private static Rows filled(Database database) {
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, words text, PRIMARY KEY (id, at));
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '0.5 seconds', md5(n::text) FROM generate_series(1, %d) AS n"""
                        .formatted(ROWS));
        return Rows.of(database, "events");
    }

    private static CompletableFuture<Assistance> assist(Connections connections) {
        return CompletableFuture.supplyAsync(() -> {
            try (Connection main = connections.open()) {
                return connections.tidemark(main).assist(CopyScenario.EVENTS, 2);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void awaitAtTheGate(Database database, int workers) {
        Await.until(
                () -> workers + " wait at the gate, not " + database.column(AT_THE_GATE),
                LIMIT,
                () -> database.column(AT_THE_GATE).size() == workers);
    }

    private static void eachSliceWasDoneOnce(Database database, Rows before) {
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.number("SELECT sum(s.rows) FROM tidemark.slice AS s JOIN tidemark.step AS p"
                        + " ON p.run = s.run AND p.ordinal = s.step WHERE p.id = 'copy'"))
                .isEqualTo(ROWS);
    }

    @Test
    void two_processes_share_the_slices(Database database) throws Exception {
        Rows before = filled(database);
        Connections helper = new Connections(database);
        CompletableFuture<CompletableFuture<Assistance>> helping = new CompletableFuture<>();
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "copy",
                        () -> Gate.close(database, "copy", () -> {
                            awaitAtTheGate(database, 2);
                            helping.complete(assist(helper));
                            awaitAtTheGate(database, 4);
                        }));

        assertThat(scenario.convert().result()).isEqualTo(Outcome.Result.DONE);

        Assistance assistance = helping.get(1, TimeUnit.MINUTES).get(1, TimeUnit.MINUTES);
        assertThat(assistance.slices()).isGreaterThanOrEqualTo(2);
        assertThat(assistance.ending()).contains("nothing is left");
        List<String> doneBy = database.column(DONE_BY);
        assertThat(doneBy).anyMatch(helper.backends::contains);
        assertThat(doneBy).anyMatch(pid -> !helper.backends.contains(pid));
        eachSliceWasDoneOnce(database, before);
        // The way back is shared as well, and there is nothing to help with afterwards.
        scenario.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        try (Connection main = helper.open()) {
            assertThatThrownBy(() -> helper.tidemark(main).assist(CopyScenario.EVENTS, 2))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("There is no unfinished run on \"public\".\"events\"");
        }
    }

    @Test
    void a_helper_that_is_killed_in_a_slice_leaves_it_to_the_owner(Database database) throws Exception {
        Rows before = filled(database);
        Launch liquibase = new Launch(LiquibaseVersion.V4_33_0, database, directory);
        Set<String> helpers = ConcurrentHashMap.newKeySet();
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "copy",
                        () -> Gate.close(database, "copy", () -> {
                            awaitAtTheGate(database, 2);
                            List<String> owners = database.column(AT_THE_GATE);
                            try (LiquibaseProcess assist =
                                    liquibase.start("tidemark", "assist", "--table=events", "--workers=1")) {
                                Await.until(
                                        () -> "the helper has a slice: " + assist.stderr(),
                                        LIMIT,
                                        () -> database.column(AT_THE_GATE).size() == 3);
                                helpers.addAll(database.column(AT_THE_GATE));
                                helpers.removeAll(owners);
                                assist.kill();
                            }
                            Await.until(
                                    "its backend is gone",
                                    LIMIT,
                                    () -> database.column(AT_THE_GATE).size() == 2);
                        }));

        assertThat(scenario.convert().result()).isEqualTo(Outcome.Result.DONE);

        assertThat(helpers).hasSize(1);
        assertThat(database.column(DONE_BY)).doesNotContainAnyElementsOf(helpers);
        eachSliceWasDoneOnce(database, before);
    }

    @Test
    void an_owner_that_is_killed_leaves_the_slices_to_the_helper(Database database) throws Exception {
        Rows before = filled(database);
        Connections helper = new Connections(database);
        CompletableFuture<CompletableFuture<Assistance>> helping = new CompletableFuture<>();
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "copy",
                        () -> Gate.close(database, "copy", () -> {
                            awaitAtTheGate(database, 2);
                            List<String> owners = database.column(AT_THE_GATE);
                            helping.complete(assist(helper));
                            awaitAtTheGate(database, 4);
                            // What it has open besides, too: its advisory lock is held by one of them.
                            assertThat(database.column(
                                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid IN ("
                                                    + String.join(", ", owners) + ")"))
                                    .containsOnly("t")
                                    .hasSize(2);
                        }));

        assertThatThrownBy(scenario::convert).isInstanceOf(RetryLater.class);

        Assistance assistance = helping.get(1, TimeUnit.MINUTES).get(1, TimeUnit.MINUTES);
        assertThat(assistance.ending()).contains("nobody carries the run out", "liquibase update");
        assertThat(database.number("SELECT count(*) FROM tidemark.slice WHERE state = 'PENDING'"))
                .isZero();
        String copied = "SELECT number, rows, process, finished_at FROM tidemark.slice AS s JOIN tidemark.step AS p"
                + " ON p.run = s.run AND p.ordinal = s.step WHERE p.id = 'copy' ORDER BY number";
        List<List<String>> slices = database.rows(copied);
        assertThat(scenario.convert().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.rows(copied)).isEqualTo(slices);
        eachSliceWasDoneOnce(database, before);
    }
}
