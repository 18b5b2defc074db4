package dev.tidemark.session;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.PooledConnection;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGConnectionPoolDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Further connections are many, are where the main one is, and are closed; anything else is refused with a remedy. */
@PostgresTest(needs = {SEVERAL_SESSIONS, SUPERUSER})
class SiblingOpenerIT {
    private static final String NAME = "tidemark_siblings";
    private static final String OWNER = "tm_sibling_owner";
    private static final String LOGIN = "tm_sibling_login";

    @Test
    void several_are_open_at_once_and_closed_afterwards(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), Siblings.of(pool(database)));
            Set<Integer> backends = new HashSet<>();
            try (Sibling a = opener.open().orElseThrow();
                    Sibling b = opener.open().orElseThrow();
                    Sibling c = opener.open().orElseThrow()) {
                for (Sibling sibling : Set.of(a, b, c)) {
                    assertThat(sibling.session().autoCommit()).isTrue();
                    backends.add(Place.of(sibling.session()).backend());
                }
                assertThat(backends)
                        .hasSize(3)
                        .doesNotContain(Place.of(new Session(connection)).backend());
                assertThat(open(database)).isEqualTo(3);
            }
            awaitClosed(database);
        }
    }

    @Test
    void none_is_enough(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            assertThat(new SiblingOpener(new Session(connection), Siblings.NONE).open())
                    .isEmpty();
        }
    }

    @Test
    void another_database_is_refused_and_closed(Database database) throws Exception {
        PGSimpleDataSource elsewhere = pool(database);
        elsewhere.setDatabaseName("postgres");
        try (Connection connection = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), Siblings.of(elsewhere));

            assertThatThrownBy(opener::open)
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith(
                            "A further connection from the DataSource leads elsewhere: to database \"postgres\" of the server ")
                    .hasMessageContaining("while the main one leads to database \"" + database.name() + "\"")
                    .hasMessageEndingWith(
                            "Give one to the same database of the same server, or none: one connection is enough.");
        }
        awaitClosed(database);
    }

    /** As a changelog that begins with SET ROLE has it. */
    @Test
    void it_becomes_the_user_that_the_main_connection_is_and_ceases_to_be_it(Database database) throws Exception {
        roles(database);
        PooledConnection pool = poolOfOne(database).getPooledConnection();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + OWNER);
            SiblingOpener opener = new SiblingOpener(new Session(connection), () -> Optional.of(pool.getConnection()));
            try (Sibling sibling = opener.open().orElseThrow()) {
                assertThat(user(sibling.session())).isEqualTo(OWNER);
                sibling.session().setAutoCommit(false);
                sibling.session().execute("CREATE TABLE public.left_open ()");
            }
            assertThat(user(new Session(pool.getConnection())))
                    .isEqualTo(database.server().user());
            assertThat(database.value("SELECT to_regclass('left_open')")).isNull();
        } finally {
            pool.close();
        }
    }

    /** What a window sets for its second session would make the statements of the application fail that gets it next. */
    @Test
    void its_settings_go_back_to_the_pool_as_they_came(Database database) throws Exception {
        PooledConnection pool = poolOfOne(database).getPooledConnection();
        try (Connection connection = database.connect()) {
            Session pooled = new Session(pool.getConnection());
            pooled.execute(new Sql("SET search_path = app; SET default_transaction_isolation = 'repeatable read'"));
            String came = settings(pooled);
            SiblingOpener opener = new SiblingOpener(new Session(connection), () -> Optional.of(pool.getConnection()));
            try (Sibling sibling = opener.open().orElseThrow()) {
                sibling.session()
                        .execute(
                                new Sql(
                                        "SET search_path = pg_catalog; SET default_transaction_isolation = 'read committed'; SET row_security = off;"
                                                + " SET TimeZone = 'UTC'; SET idle_in_transaction_session_timeout = 2000; SET statement_timeout = 50"));
            }

            assertThat(settings(new Session(pool.getConnection()))).isEqualTo(came);
        } finally {
            pool.close();
        }
    }

    private static String settings(Session session) {
        return session.first(
                        "SELECT string_agg(name || '=' || current_setting(name), ' ' ORDER BY name) FROM pg_settings"
                                + " WHERE name !~ '^transaction_(isolation|read_only|deferrable)$'",
                        row -> row.getString(1))
                .orElseThrow();
    }

    @Test
    void one_who_may_not_become_the_main_user_is_refused(Database database) throws Exception {
        roles(database);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), login(database));
            statement.execute("SET ROLE " + OWNER);

            assertThatThrownBy(opener::open)
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith("A further connection from the application works as \"" + LOGIN
                            + "\", who may not become \"" + OWNER + "\"")
                    .hasMessageContaining("Run GRANT \"" + OWNER + "\" TO \"" + LOGIN + "\";");

            database.execute("GRANT " + OWNER + " TO " + LOGIN);
            try (Sibling sibling = opener.open().orElseThrow()) {
                assertThat(user(sibling.session())).isEqualTo(OWNER);
            }
        } finally {
            database.execute("REVOKE " + OWNER + " FROM " + LOGIN);
        }
    }

    @Test
    void the_main_connection_itself_is_refused_and_left_open(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), () -> Optional.of(connection));

            assertThatThrownBy(opener::open)
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith("the application gave the main connection itself");
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void the_same_connection_twice_is_refused(Database database) throws Exception {
        try (Connection connection = database.connect();
                Connection other = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), () -> Optional.of(other));

            try (Sibling first = opener.open().orElseThrow()) {
                assertThat(first.session().isAlive(5)).isTrue();
                assertThatThrownBy(opener::open)
                        .isInstanceOf(Refused.class)
                        .hasMessageStartingWith("the application gave a connection that is in use here already.");
            }
        }
    }

    @Test
    void a_full_server_leaves_it_at_fewer(Database database) throws Exception {
        roles(database);
        database.execute("ALTER ROLE " + LOGIN + " CONNECTION LIMIT 1");
        try (Connection connection = login(database).open().orElseThrow()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), login(database));

            assertThat(opener.open()).isEmpty();
        } finally {
            database.execute("ALTER ROLE " + LOGIN + " CONNECTION LIMIT -1");
        }
    }

    @Test
    void an_unknown_user_is_refused(Database database) throws Exception {
        PGSimpleDataSource unknown = pool(database);
        unknown.setUser("tm_nobody");
        try (Connection connection = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), Siblings.of(unknown));

            assertThatThrownBy(opener::open)
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith("A further connection from the DataSource cannot be opened: ")
                    .hasMessageContaining("tm_nobody")
                    .hasMessageEndingWith("Correct it, or give none: one connection is enough.");
        }
    }

    @Test
    void a_server_that_does_not_answer_is_worth_another_try(Database database) throws Exception {
        PGSimpleDataSource nobody = pool(database);
        nobody.setPortNumbers(new int[] {1});
        try (Connection connection = database.connect()) {
            SiblingOpener opener = new SiblingOpener(new Session(connection), Siblings.of(nobody));

            assertThatThrownBy(opener::open).isInstanceOf(RetryLater.class).hasMessageContaining("cannot be opened");
        }
    }

    private static void roles(Database database) {
        for (String role : Set.of(OWNER, LOGIN)) {
            database.execute("DO $$ BEGIN IF to_regrole('" + role + "') IS NULL THEN CREATE ROLE " + role
                    + " LOGIN PASSWORD 'p'; END IF; END $$");
        }
        database.execute("GRANT CREATE ON SCHEMA public TO " + OWNER);
    }

    private static Siblings login(Database database) {
        return () -> Optional.of(DriverManager.getConnection(database.jdbcUrl(), LOGIN, "p"));
    }

    private static PGSimpleDataSource pool(Database database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(database.jdbcUrl());
        source.setUser(database.server().user());
        source.setPassword(database.server().password());
        source.setApplicationName(NAME);
        return source;
    }

    private static PGConnectionPoolDataSource poolOfOne(Database database) throws SQLException {
        PGConnectionPoolDataSource source = new PGConnectionPoolDataSource();
        source.setUrl(database.jdbcUrl());
        source.setUser(database.server().user());
        source.setPassword(database.server().password());
        return source;
    }

    private static String user(Session session) {
        return session.first("SELECT current_user", row -> row.getString(1)).orElseThrow();
    }

    private static long open(Database database) {
        return database.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + NAME + "'");
    }

    /** A backend takes a moment to end after its client has said good-bye. */
    private static void awaitClosed(Database database) {
        Await.until("the server has ended what was closed", Duration.ofSeconds(10), () -> open(database) == 0);
    }
}
