package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.STATEMENTS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Before a key is extended, whoever names the shorter one is named. */
@PostgresTest(
        needs = {STATEMENTS, SUPERUSER},
        promise =
                "statements that say ON CONFLICT with a key that is extended are named from pg_stat_statements and functions")
class ConflictPlacesIT {
    private static final String EVENTS =
            """
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text);
            CREATE TABLE others (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text);
            CREATE FUNCTION upsert(n bigint) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO events VALUES (n, now(), 'a secret value') ON CONFLICT (id) DO UPDATE SET body = 'another secret';
            END $$;
            DO $x$ BEGIN EXECUTE $y$ CREATE PROCEDURE standard(n bigint) BEGIN ATOMIC
                INSERT INTO events (id, at) VALUES (n, now()) ON CONFLICT (id) DO NOTHING;
            END $y$; END $x$;
            CREATE FUNCTION harmless(n bigint) RETURNS void LANGUAGE sql AS $$
                INSERT INTO events VALUES (n, now()) ON CONFLICT DO NOTHING;
                INSERT INTO others SELECT * FROM events ON CONFLICT (id) DO NOTHING $$""";

    private final Database database;

    ConflictPlacesIT(Database database) {
        this.database = database;
        database.execute(
                "DROP EXTENSION IF EXISTS pg_stat_statements; DROP PROCEDURE IF EXISTS standard; DROP FUNCTION IF EXISTS upsert; DROP FUNCTION IF EXISTS harmless; DROP FUNCTION IF EXISTS own_rows; DROP VIEW IF EXISTS per_event;"
                        + " DROP TABLE IF EXISTS events, others; " + EVENTS);
    }

    @Test
    void functions_and_statements_are_named() throws Exception {
        database.execute("CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()");
        try (Connection application = database.connect()) {
            execute(application, "SET pg_stat_statements.track = 'top'");
            for (long id = 1; id <= 7; id++) {
                try (PreparedStatement statement = application.prepareStatement(
                        "INSERT INTO events (id, at, body) VALUES (?, now(), 'my secret') ON CONFLICT (id) DO UPDATE SET body = excluded.body")) {
                    statement.setLong(1, id);
                    statement.executeUpdate();
                }
            }
            execute(application, "INSERT INTO others VALUES (1, now(), '') ON CONFLICT (id) DO NOTHING");
        }

        Finding finding = finding();

        assertThat(finding.blocking()).isFalse();
        assertThat(finding.what())
                .startsWith(
                        "3 places say ON CONFLICT (\"id\") to \"public\".\"events\", which fails from the cutover on (42P10): ")
                .contains(
                        "function public.standard(bigint): INSERT INTO public.events … ON CONFLICT (id) DO NOTHING",
                        "function public.upsert(bigint): INSERT INTO events … ON CONFLICT (id) DO UPDATE",
                        "INSERT INTO events … ON CONFLICT (id) DO UPDATE (called 7 times)",
                        "pg_stat_statements were looked at")
                .doesNotContain("secret", "harmless", "others");
        assertThat(finding.remedy()).contains("ON CONFLICT (\"id\", \"at\")");
    }

    @Test
    void without_statistics_it_says_so() throws Exception {
        assertThat(finding().what())
                .startsWith("2 places say ON CONFLICT")
                .contains("Only functions of this database were looked at: pg_stat_statements is not there");

        database.execute("DROP PROCEDURE standard; DROP FUNCTION upsert");
        assertThat(finding().what()).startsWith("Nothing was found that says ON CONFLICT (\"id\")");
    }

    /** Statements of other roles have no text. */
    @Test
    void what_may_not_be_read_is_counted() throws Exception {
        database.execute(
                "CREATE EXTENSION pg_stat_statements; DROP ROLE IF EXISTS tidemark_places; CREATE ROLE tidemark_places;"
                        + " DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO tidemark_places', current_database()); END $$;"
                        + " GRANT CREATE, USAGE ON SCHEMA public TO tidemark_places; ALTER TABLE events OWNER TO tidemark_places; SET pg_stat_statements.track = 'top'; SELECT 1");
        try (Connection connection = database.connect()) {
            execute(connection, "SET ROLE tidemark_places");
            assertThat(finding(connection).what()).contains("statements of other roles: GRANT pg_read_all_stats");
        } finally {
            database.execute(
                    "ALTER TABLE events OWNER TO CURRENT_USER; DROP OWNED BY tidemark_places; DROP ROLE tidemark_places");
        }
    }

    /** A table that is partitioned stores no rows itself, and its longer key does not decide the rest of a row. */
    @Test
    void what_a_table_in_parts_takes_otherwise_is_named() throws Exception {
        database.execute(
                """
                CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset();
                CREATE FUNCTION own_rows(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
                BEGIN RETURN (SELECT count(*) FROM ONLY events); END $$""");
        try (Connection application = database.connect()) {
            execute(application, "SET pg_stat_statements.track = 'top'");
            execute(
                    application,
                    "SELECT e.id, e.body, count(o.id) FROM events e LEFT JOIN others o USING (id) GROUP BY e.id");
            new org.postgresql.copy.CopyManager(application.unwrap(org.postgresql.core.BaseConnection.class))
                    .copyOut("COPY events (id, at) TO STDOUT", java.io.Writer.nullWriter());
        }

        assertThat(finding("TM129").what()).startsWith("2 places");
        // Twice, because planning itself reads ONLY the table, and so do foreign keys.
        assertThat(finding("TM178").what())
                .startsWith("2 places say COPY … TO or ONLY of \"public\".\"events\"")
                .contains("function public.own_rows(bigint): FROM ONLY events", "COPY events TO (called 1 time)");
        assertThat(finding("TM179").what())
                .startsWith("1 place says GROUP BY (\"id\")")
                .contains("FROM events … GROUP BY e.id (called 1 time)", "42803");
        database.execute("DROP FUNCTION own_rows");
    }

    /** It used to fail in the window: cannot drop constraint events_pkey because other objects depend on it. */
    @Test
    void a_view_that_needs_the_key_is_named() throws Exception {
        database.execute(
                "CREATE VIEW per_event AS SELECT e.id, e.body, count(*) FROM events e JOIN others o USING (id) GROUP BY e.id");

        Finding finding = finding("TM173");

        assertThat(finding.blocking()).isTrue();
        assertThat(finding.what()).startsWith("public.per_event groups by (\"id\") of \"public\".\"events\" alone");
        database.execute(
                "CREATE OR REPLACE VIEW per_event AS SELECT e.id, e.body, count(*) FROM events e JOIN others o USING (id) GROUP BY e.id, e.body");
        assertThat(findings()).noneMatch(f -> f.code().equals("TM173"));
        database.execute("DROP VIEW per_event");
    }

    private Finding finding(String code) throws SQLException {
        return findings().stream()
                .filter(f -> f.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    private List<Finding> findings() throws SQLException {
        try (Connection connection = database.connect()) {
            return findings(connection);
        }
    }

    private Finding finding() throws SQLException {
        try (Connection connection = database.connect()) {
            return finding(connection);
        }
    }

    private static Finding finding(Connection connection) {
        return findings(connection).stream()
                .filter(f -> f.code().equals("TM129"))
                .findFirst()
                .orElseThrow();
    }

    private static List<Finding> findings(Connection connection) {
        return Tidemark.on(connection)
                .plan(new ConversionRequest(
                        Goal.PARTITIONS,
                        List.of(Requests.daily(CopyScenario.EVENTS, "at", Partitioning.DEFAULTS)),
                        Options.DEFAULTS))
                .findings();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
