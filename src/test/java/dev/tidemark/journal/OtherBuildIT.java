package dev.tidemark.journal;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Another build of Tidemark was here before, or works beside this one. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "a journal that another build installed is upgraded, or refused in words")
class OtherBuildIT {
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
