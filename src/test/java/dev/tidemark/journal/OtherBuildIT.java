package dev.tidemark.journal;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Another build of Tidemark was here before, or works beside this one. */
@PostgresTest(
        needs = {SUPERUSER, CLIENT_PROGRAMS},
        promise = "a journal that another build installed is upgraded, or refused in words")
class OtherBuildIT {
    private static final ConversionRequest PARTITIONS = new ConversionRequest(
            ConversionRequest.Goal.PARTITIONS,
            List.of(Requests.daily(new TableName("public", "log"), "at", Partitioning.DEFAULTS)),
            new Options(
                    Strategy.AUTO,
                    Duration.ofSeconds(2),
                    ForeignKeyChoice.REFUSE,
                    KeyChoice.EXTEND,
                    false,
                    false,
                    PolicyStart.AFTER_FINALIZE,
                    Verification.STORAGE,
                    1));

    private final Database database;

    OtherBuildIT(Database database) throws SQLException {
        this.database = database;
        install();
    }

    private void install() throws SQLException {
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA).install();
        }
    }

    private void earlierFunctions() {
        database.execute(
                """
                CREATE OR REPLACE FUNCTION tidemark.lock_set(parent regclass) RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';
                UPDATE tidemark.installation SET functions = 'of an earlier build'""");
    }

    private String lockSet() {
        return database.value("SELECT prosrc FROM pg_proc WHERE proname = 'lock_set'");
    }

    @Test
    void its_functions_are_replaced_and_what_people_have_set_stays() throws Exception {
        String ours = lockSet();
        String signature = database.value("SELECT functions FROM tidemark.installation");
        earlierFunctions();
        database.execute(
                """
                CREATE TABLE log (at timestamptz NOT NULL) PARTITION BY RANGE (at);
                SELECT tidemark.manage_partitions('log', retention => '3 days');
                CREATE OR REPLACE FUNCTION tidemark.may_drop(relation regclass, upper_bound timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false'""");

        install();

        assertThat(lockSet()).isEqualTo(ours);
        assertThat(database.value("SELECT functions FROM tidemark.installation"))
                .isEqualTo(signature);
        assertThat(database.value("SELECT retention FROM tidemark.partition_set"))
                .isEqualTo("3 days");
        assertThat(database.value("SELECT tidemark.may_drop('log', now())"))
                .as("an archive's own predicate")
                .isEqualTo("f");
    }

    @Test
    void maintain_replaces_them_too() throws Exception {
        String ours = lockSet();
        earlierFunctions();
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).maintain(Optional.empty());
        }
        assertThat(lockSet()).isEqualTo(ours);
    }

    /** psql carries out what was printed; the conversion that was printed needs functions that the earlier build did not have. */
    @Test
    void a_printed_script_replaces_them() throws Exception {
        String ours = lockSet();
        String signature = database.value("SELECT functions FROM tidemark.installation");
        earlierFunctions();
        database.execute(
                """
                DROP FUNCTION tidemark.fill_partitions;
                CREATE OR REPLACE FUNCTION tidemark.may_drop(relation regclass, upper_bound timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
                CREATE TABLE log (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at));
                INSERT INTO log SELECT n, now() - n * interval '1 hour' FROM generate_series(1, 99) AS n""");
        String script;
        try (Connection connection = database.connect()) {
            script = String.join(";\n", Tidemark.on(connection).script(PARTITIONS)) + ";\n";
        }

        database.psql(script).succeeded();

        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isOne();
        assertThat(lockSet()).isEqualTo(ours);
        assertThat(database.value("SELECT functions FROM tidemark.installation"))
                .isEqualTo(signature);
        assertThat(database.value("SELECT tidemark.may_drop('log', now())"))
                .as("an archive's own predicate")
                .isEqualTo("f");
        try (Connection connection = database.connect()) {
            assertThat(String.join(";\n", Tidemark.on(connection).undoScript(PARTITIONS)))
                    .doesNotContain("CREATE OR REPLACE FUNCTION \"tidemark\".lock_set");
        }
    }

    @Test
    void functions_of_a_later_release_stay() throws Exception {
        earlierFunctions();
        database.execute("UPDATE tidemark.installation SET revision = 1000");

        install();

        assertThat(lockSet()).isEqualTo("SELECT NULL::boolean");
    }

    @Test
    void who_may_not_replace_them_hears_who_may() throws Exception {
        earlierFunctions();
        String role = "app_" + database.name();
        database.execute("CREATE ROLE " + role + "; GRANT USAGE, CREATE ON SCHEMA tidemark TO " + role
                + "; GRANT ALL ON ALL TABLES IN SCHEMA tidemark TO " + role);
        try (Connection connection = database.connect()) {
            connection.createStatement().execute("SET ROLE " + role);
            Journal journal = new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA);
            assertThatThrownBy(journal::install)
                    .hasMessageContaining("are those of an earlier Tidemark, and belong to ")
                    .hasMessageContaining(
                            "Let that role call \"liquibase tidemark maintain\" with this Tidemark once.");
        } finally {
            database.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    /** Before the first release tables changed and the version did not. */
    @Test
    void other_tables_are_refused() throws Exception {
        database.execute("ALTER TABLE tidemark.installation DROP COLUMN tables");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            assertThatThrownBy(() -> tidemark.health(Optional.empty()))
                    .hasMessageContaining(
                            "The journal in schema \"tidemark\" has other tables than this build of Tidemark")
                    .hasMessageContaining("DROP SCHEMA \"tidemark\" CASCADE");
        }
    }
}
