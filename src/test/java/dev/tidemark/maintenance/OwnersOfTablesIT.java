package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A managed table gets another owner, another schema, a reader of its health: what worked goes on working, or says what helps. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "functions beside a table follow its owner and its schema")
class OwnersOfTablesIT {
    private Optional<Database> database = Optional.empty();
    private String former = "";
    private String present = "";
    private String job = "";

    private void table(Database fresh) throws Exception {
        database = Optional.of(fresh);
        ManagedTable.installJournal(fresh);
        former = "former_" + fresh.name();
        present = "present_" + fresh.name();
        job = "job_" + fresh.name();
        fresh.execute(
                "CREATE ROLE %1$s; CREATE ROLE %2$s; CREATE ROLE %3$s; CREATE SCHEMA app AUTHORIZATION %1$s; GRANT USAGE ON SCHEMA app TO %3$s"
                        .formatted(former, present, job));
        fresh.execute(
                """
                SET ROLE %1$s; CREATE TABLE app.log (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); RESET ROLE;
                SELECT tidemark.manage_partitions('app.log', premake => 5, retention => '20 days');
                SET ROLE %1$s; GRANT EXECUTE ON FUNCTION app.create_future_log_partitions TO %2$s; SELECT app.create_future_log_partitions(5)"""
                        .formatted(former, job));
    }

    @AfterEach
    void roles() {
        database.orElseThrow()
                .execute("DROP OWNED BY %1$s, %2$s, %3$s CASCADE; DROP ROLE %1$s; DROP ROLE %2$s; DROP ROLE %3$s"
                        .formatted(former, present, job));
    }

    private void call(Database database, String schema, int days) {
        database.execute("SET ROLE " + job + "; SELECT " + schema + ".create_future_log_partitions(" + days + ")");
    }

    @Test
    void another_owner(Database database) throws Exception {
        table(database);
        database.execute("ALTER SCHEMA app OWNER TO " + present + "; ALTER TABLE app.log OWNER TO " + present);
        assertThatThrownBy(() -> call(database, "app", 6))
                .hasMessageContaining("app.log belongs to " + present
                        + ", by whose rights app.create_future_log_partitions(integer) does not work")
                .hasMessageContaining(
                        "SELECT tidemark.renew_functions('app.log') makes it work by the rights of the owner.");
        assertThat(database.column("SELECT verdict || ': ' || reason FROM tidemark.partition_health"))
                .containsExactly("yellow: " + "the functions beside it work by the rights of " + former
                        + ", who does not own it: SELECT tidemark.renew_functions('app.log')");

        database.execute("SELECT tidemark.renew_functions('app.log')");
        assertThat(database.value("SELECT retention FROM tidemark.partition_set"))
                .isEqualTo("20 days");
        assertThatThrownBy(() -> call(database, "app", 6))
                .as("what the former owner granted is not the present one's will")
                .hasMessageContaining("permission denied for function create_future_log_partitions");
        database.execute(
                "SET ROLE " + present + "; GRANT EXECUTE ON FUNCTION app.create_future_log_partitions TO " + job);
        call(database, "app", 6);
        assertThat(database.number("SELECT count(*) FROM tidemark.partitions_of('app.log')"))
                .isEqualTo(7);
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isEqualTo("green");
    }

    @Test
    void another_schema(Database database) throws Exception {
        table(database);
        database.execute(
                "ALTER SCHEMA app RENAME TO app2; ALTER FUNCTION app2.drop_old_log_partitions RENAME TO cleaned");
        call(database, "app2", 6);
        assertThat(database.number("SELECT count(*) FROM tidemark.partitions_of('app2.log')"))
                .isEqualTo(7);
        database.execute("SELECT tidemark.manage_partitions('app2.log')");
        assertThat(functions(database)).as("those that are there stay").isEqualTo(2);

        database.execute("SELECT tidemark.forget_partitions('app2.log')");
        assertThat(functions(database)).isZero();
    }

    private static long functions(Database database) {
        return database.number("SELECT count(*) FROM pg_proc WHERE pronamespace = 'app2'::regnamespace");
    }

    /** Monitoring owns nothing. */
    @Test
    void a_reader_of_health(Database database) throws Exception {
        table(database);
        database.execute(
                "CREATE TABLE app.rest PARTITION OF app.log DEFAULT; INSERT INTO app.log VALUES (1, '2001-01-01')");
        database.execute(
                """
                GRANT USAGE ON SCHEMA tidemark TO %1$s;
                GRANT SELECT ON tidemark.partition_health, tidemark.partition_set, tidemark.hold, tidemark.detached_partition TO %1$s;
                GRANT EXECUTE ON FUNCTION tidemark.may_drop, tidemark.kept_because TO %1$s"""
                        .formatted(job));
        assertThat(health(database, job)).singleElement().satisfies(row -> assertThat(row.get(1))
                .contains("DEFAULT holds about"));
        assertThat(health(database, job)).isEqualTo(health(database, "postgres"));
    }

    private static List<List<String>> health(Database database, String role) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + role);
            List<List<String>> lines = new ArrayList<>();
            try (ResultSet line = statement.executeQuery(
                    "SELECT verdict, reason, partitions::text, orphans::text FROM tidemark.partition_health")) {
                while (line.next()) {
                    lines.add(List.of(line.getString(1), line.getString(2), line.getString(3), line.getString(4)));
                }
            }
            return lines;
        }
    }
}
