package dev.tidemark.demo;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.POSTGIS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Scenario.Statement;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The scenario {@code partman-to-hypertable} at its own size: there, on, and back. */
@PostgresTest(
        needs = {TIMESCALEDB, PARTMAN, POSTGIS, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "the seed's own tables become hypertables and come back as they were")
class ScenarioIT {

    private static final Scenario SCENARIO = Scenario.named("partman-to-hypertable");
    private static final List<String> TABLES = List.of("raw_messages", "fixes");
    private static final String INDEXES = "SELECT count(*) FROM pg_index WHERE indrelid = '%s'::regclass";

    @Test
    @Tick({
        "1.01", "1.02", "1.03", "1.06", "1.07", "1.08", "1.09", "1.10", "1.11", "1.12", "1.13", "1.14", "1.15", "1.18",
        "1.20", "1.21", "1.22"
    })
    void the_tables_of_the_seed_become_hypertables_and_come_back(Database database) throws SQLException {
        SCENARIO.load(database, SCENARIO.usualRows());
        assertThat(database.number("SELECT count(*) FROM fixes")).isEqualTo(277_949);
        assertThat(database.number("SELECT count(*) FROM raw_messages")).isEqualTo(483_063);
        assertThat(database.number("SELECT count(*) FROM raw_messages_default")).isEqualTo(300);
        assertThat(database.number(INDEXES.formatted("fixes"))).isEqualTo(9);
        assertThat(database.number(INDEXES.formatted("raw_messages"))).isEqualTo(4);
        maintain(database);
        List<Rows> before = contents(database);
        Storage storage = Storage.of(database, TABLES);
        String dump = dump(database, List.of());

        var conversion = new Conversion(database, SCENARIO, strategy(database), line -> {});
        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThat(storage.filesNow(database)).isEqualTo(storage.files());
        assertThat(contents(database)).isEqualTo(before);
        assertThat(database.number(INDEXES.formatted("fixes"))).isEqualTo(9);
        assertThat(database.number(INDEXES.formatted("raw_messages"))).isEqualTo(4);
        assertThat(database.number("SELECT count(*) FROM timescaledb_information.dimensions"
                        + " WHERE column_name = 'received_at' AND time_interval = '1 day'"))
                .isEqualTo(2);
        conversion.verify().succeeded();
        maintain(database);
        for (Statement statement : SCENARIO.statements("watch.sql")) {
            database.rows(statement.sql());
        }

        for (Statement statement : SCENARIO.statements("application.sql")) {
            assertThat(affected(database, statement.sql()))
                    .as(statement.title())
                    .isPositive();
        }
        List<Rows> written = contents(database);

        conversion.rollBack().succeeded();

        assertThat(contents(database)).isEqualTo(written);
        Storage after = Storage.of(database, TABLES);
        assertThat(storage.changed(after)).isEmpty();
        assertThat(storage.filesNow(database)).isEqualTo(storage.files());
        // What was in DEFAULT, and the day ten days ahead.
        List<String> added = storage.added(after);
        assertThat(added).hasSize(2);
        assertThat(dump(database, added.stream().map(a -> a.split(" ", 2)[0]).toList()))
                .isEqualTo(dump);
        maintain(database);
    }

    @Test
    void queries_of_the_check_list_answer(Database database) {
        SCENARIO.load(database, 4_000);

        List<Statement> queries = SCENARIO.statements("checklist.sql");

        assertThat(queries).hasSize(4).allSatisfy(q -> assertThat(database.rows(q.sql()))
                .isNotNull());
    }

    /** The other side of the comparison must run too, and end with the same rows. */
    @Test
    void the_seeds_own_sql_runs(Database database) {
        SCENARIO.load(database, 4_000);
        Rows before = Rows.of(database, "raw_messages");

        database.execute(SCENARIO.file("by-hand.sql"));

        assertThat(Rows.of(database, "raw_messages")).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                .isEqualTo(2);
    }

    private static String strategy(Database database) {
        return database.server().capabilities().contains(Capability.COMMUNITY) ? "attach" : "adopt";
    }

    /** In UTC, as the partitions were made: pg_partman computes in the session's zone. */
    private static void maintain(Database database) throws SQLException {
        try (Connection connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            statement.execute("CALL partman.run_maintenance_proc()");
        }
    }

    private static int affected(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private static List<Rows> contents(Database database) {
        return List.of(
                Rows.of(database, "raw_messages"), Rows.of(database, "fixes"), Rows.of(database, "receiver_statuses"));
    }

    /** Everything but our journal and these tables; without the line that differs from dump to dump. */
    private static String dump(Database database, List<String> without) {
        var arguments = new ArrayList<>(
                List.of("--schema-only", "--exclude-schema=tidemark", "--exclude-table=databasechangelog*"));
        without.forEach(t -> arguments.add("--exclude-table=public." + t));
        return database.pgDump(arguments.toArray(String[]::new))
                .succeeded()
                .stdout()
                .replaceAll("(?m)^\\\\(un)?restrict .*\\n", "");
    }
}
