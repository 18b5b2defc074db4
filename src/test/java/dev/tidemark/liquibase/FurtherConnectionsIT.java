package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import liquibase.Scope;
import liquibase.command.CommandScope;
import liquibase.command.core.helpers.DbUrlConnectionArgumentsCommandStep;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.integration.IntegrationDetails;
import liquibase.resource.DirectoryResourceAccessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Liquibase has one connection; inside a changeSet three more are open at the same time, wherever somebody said how to open them. */
@PostgresTest(needs = {SEVERAL_SESSIONS, SUPERUSER})
class FurtherConnectionsIT {
    private static final String OPEN = "<customChange class=\"dev.tidemark.liquibase.OpenSiblings\"/>";
    private static final String SECRET = "not-to-be-shown";
    private static final String LOGIN = "tm_further";

    @TempDir
    Path directory;

    @TempDir
    Path classes;

    @ParameterizedTest
    @EnumSource
    void as_liquibase_was_given(LiquibaseVersion version, Database database) throws IOException {
        Launch liquibase = liquibase(version, database);

        // Arguments win over the environment, which leads elsewhere.
        Launch elsewhere = liquibase.with("LIQUIBASE_COMMAND_URL", "jdbc:postgresql://localhost:1/elsewhere");
        Output update =
                elsewhere.run("update", "--changelog-file=changelog.xml", "--url=" + named(database, "updating"));
        assertThat(update.exitCode()).as(update.stderr()).isZero();
        assertThat(seen(database)).containsExactly(List.of("3", "3", "updating", user(database)));

        Output rollback = elsewhere.run(
                "rollback-count",
                "--changelog-file=changelog.xml",
                "--count=1",
                "--url=" + named(database, "rolling back"));
        assertThat(rollback.exitCode()).as(rollback.stderr()).isZero();
        assertThat(seen(database)).containsExactly(List.of("3", "3", "rolling back", user(database)));
    }

    @ParameterizedTest
    @EnumSource
    void by_a_url_of_their_own(LiquibaseVersion version, Database database) throws IOException {
        login(database);
        Output output;
        try {
            output = own(liquibase(version, database), named(database, "own url"))
                    .run("--log-level=FINE", "update", "--changelog-file=changelog.xml");
        } finally {
            database.execute("DROP ROLE " + LOGIN);
        }

        assertThat(output.exitCode()).as(output.stderr()).isZero();
        assertThat(seen(database)).containsExactly(List.of("3", "3", "own url", user(database)));
        assertThat(database.column("SELECT DISTINCT usename FROM seen")).containsExactly(LOGIN);
        assertThat(output.stdout() + output.stderr()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @EnumSource
    void a_url_that_leads_elsewhere_is_refused(LiquibaseVersion version, Database database) throws IOException {
        login(database);
        Output output;
        try {
            output = own(liquibase(version, database), database.server().jdbcUrl("postgres"))
                    .run("update", "--changelog-file=changelog.xml");
        } finally {
            database.execute("DROP ROLE " + LOGIN);
        }

        assertThat(output.exitCode()).isNotZero();
        assertThat(output.stderr())
                .contains("A further connection from tidemark.url leads elsewhere: to database \"postgres\"");
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_password_is_never_shown(LiquibaseVersion version, Database database) throws IOException {
        String wrong = "jdbc:postgresql://localhost:no-number/x?password=" + SECRET + "&user=x";

        Output output = own(liquibase(version, database), wrong)
                .run("--log-level=FINE", "update", "--changelog-file=changelog.xml");

        assertThat(output.exitCode()).isNotZero();
        assertThat(output.stderr())
                .contains(
                        "A further connection from tidemark.url cannot be opened: Unable to parse URL (as configured)")
                .doesNotContain(SECRET);
        assertThat(output.stdout()).doesNotContain(SECRET);
    }

    @Test
    void a_user_without_a_url_is_refused(Database database) throws IOException {
        Output output = liquibase(LiquibaseVersion.V4_33_0, database)
                .with("TIDEMARK_USERNAME", LOGIN)
                .run("update", "--changelog-file=changelog.xml");

        assertThat(output.exitCode()).isNotZero();
        assertThat(output.stderr()).contains("tidemark.username is set and tidemark.url is not. Set tidemark.url too");
    }

    @Test
    void from_a_data_source_of_the_application(Database database) throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(named(database, "the application"));
        source.setUser(database.server().user());
        source.setPassword(database.server().password());

        embedded(database, Map.of(FurtherConnections.DATA_SOURCE, source));

        assertThat(seen(database)).containsExactly(List.of("3", "3", "the application", user(database)));
    }

    @Test
    void from_what_is_no_data_source(Database database) {
        assertThatThrownBy(() -> embedded(database, Map.of(FurtherConnections.DATA_SOURCE, "jdbc:postgresql:x")))
                .hasRootCauseInstanceOf(Refused.class)
                .hasRootCauseMessage("tidemark.dataSource in Liquibase's scope is a java.lang.String."
                        + " Put a javax.sql.DataSource there, or nothing.");
    }

    @Test
    void as_the_maven_plugin_was_given(Database database) throws Exception {
        IntegrationDetails maven = new IntegrationDetails("maven");
        maven.setParameter("maven__url", database.jdbcUrl());
        maven.setParameter("maven__username", database.server().user());
        maven.setParameter("maven__password", database.server().password());

        embedded(database, Map.of(Scope.Attr.integrationDetails.name(), maven));

        assertThat(database.number("SELECT count(DISTINCT pid) FROM seen")).isEqualTo(3);
    }

    /** An application hands over a connection; what some other configuration says has nothing to do with it. */
    @Test
    void none_where_liquibase_was_given_an_open_connection(Database database) throws Exception {
        IntegrationDetails elsewhere = new IntegrationDetails("maven");
        elsewhere.setParameter("maven__url", database.server().jdbcUrl("postgres"));
        elsewhere.setParameter("maven__username", database.server().user());
        elsewhere.setParameter("maven__password", database.server().password());

        embedded(database, Map.of(Scope.Attr.integrationDetails.name(), elsewhere));

        assertThat(database.number("SELECT count(*) FROM seen")).isZero();
    }

    private void embedded(Database database, Map<String, Object> values) throws Exception {
        new Changelogs(directory).xml(OPEN);
        Map<String, Object> scope = new HashMap<>(values);
        scope.put(Scope.Attr.resourceAccessor.name(), new DirectoryResourceAccessor(directory));
        try (Connection connection = database.connect()) {
            Scope.child(scope, () -> {
                new CommandScope("update")
                        .addArgumentValue(
                                DbUrlConnectionArgumentsCommandStep.DATABASE_ARG,
                                DatabaseFactory.getInstance()
                                        .findCorrectDatabaseImplementation(new JdbcConnection(connection)))
                        .addArgumentValue("changelogFile", "changelog.xml")
                        .execute();
            });
        }
    }

    /** The command line with the change that opens them, which our jar does not have. */
    private Launch liquibase(LiquibaseVersion version, Database database) throws IOException {
        new Changelogs(directory).xml(OPEN);
        Path name = Path.of("dev/tidemark/liquibase/OpenSiblings.class");
        Files.createDirectories(classes.resolve(name).getParent());
        Files.copy(Path.of("target/test-classes").resolve(name), classes.resolve(name));
        return new Launch(version, database, directory).withClasses(classes);
    }

    private static Launch own(Launch liquibase, String url) {
        return liquibase
                .with("TIDEMARK_URL", url)
                .with("TIDEMARK_USERNAME", LOGIN)
                .with("TIDEMARK_PASSWORD", SECRET);
    }

    /** Somebody else who may become the user that Liquibase is. */
    private static void login(Database database) {
        database.execute("DO $$ BEGIN IF to_regrole('" + LOGIN + "') IS NULL THEN CREATE ROLE " + LOGIN
                + " LOGIN PASSWORD '" + SECRET + "'; END IF; END $$");
        database.execute("GRANT \"" + user(database) + "\" TO " + LOGIN);
    }

    private static String named(Database database, String application) {
        String url = database.jdbcUrl();
        return url + (url.contains("?") ? "&" : "?") + "ApplicationName=" + application.replace(" ", "%20");
    }

    /** How many sessions of how many backends the server saw at one moment, under which name, working as whom. */
    private static List<List<String>> seen(Database database) {
        return database.rows(
                "SELECT count(*), count(DISTINCT pid), application_name, who FROM seen GROUP BY application_name, who");
    }

    private static String user(Database database) {
        return database.server().user();
    }
}
