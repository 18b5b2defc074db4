package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An owner who is no superuser, and whose table forces row security on him: named before anything is done, there and back. */
@PostgresTest(needs = SUPERUSER)
class ForcedRowSecurityIT {
    private static final TableName EVENTS = new TableName("public", "events");
    private static final String OWNER = "tm_forced";

    private final Database database;

    ForcedRowSecurityIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void table() {
        database.execute("DO $$ BEGIN IF to_regrole('" + OWNER + "') IS NULL THEN CREATE ROLE " + OWNER
                + " LOGIN PASSWORD 'p'; END IF; EXECUTE format('GRANT CREATE ON DATABASE %I TO " + OWNER
                + "', current_database()); END $$; ALTER ROLE " + OWNER
                + " NOBYPASSRLS; GRANT CREATE ON SCHEMA public TO "
                + OWNER);
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE; DROP TABLE IF EXISTS events, events_old CASCADE");
        database.execute(
                """
                CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, note text);
                INSERT INTO events SELECT n, now() - n * interval '1 hour', 'n' || n FROM generate_series(1, 500) AS n;
                ALTER TABLE events OWNER TO tm_forced;
                ALTER TABLE events ENABLE ROW LEVEL SECURITY;
                CREATE POLICY a_few ON events USING (id > 100)""");
    }

    /** Of one who is not forced nothing is hidden. */
    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"ATTACH", "COPY"})
    void it_is_named_there_and_back(Strategy strategy) throws Exception {
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day").strategy(strategy);
        database.execute("ALTER TABLE events FORCE ROW LEVEL SECURITY");
        try (Connection owner = owner()) {
            assertThatThrownBy(() -> Tidemark.on(owner).apply(attaching.request()))
                    .hasMessageContainingAll("TM235", "\"events\"", "\"tm_forced\"", "BYPASSRLS", "NO FORCE");
        }
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();

        database.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY");
        convert(attaching);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(500);
        database.execute(
                "INSERT INTO events VALUES (1000, now() + interval '10 days', 'later'); DELETE FROM events WHERE id = 1");

        database.execute("ALTER TABLE events FORCE ROW LEVEL SECURITY");
        assertThatThrownBy(this::goBack)
                .hasMessageContainingAll("TM502", "events", "tm_forced", "BYPASSRLS", "NO FORCE");
        assertThat(database.value("SELECT state FROM tidemark.run")).isEqualTo("DONE");

        database.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY");
        goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(500);
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"ATTACH", "COPY"})
    void a_role_with_bypassrls_goes_there_and_back(Strategy strategy) throws Exception {
        database.execute("ALTER TABLE events FORCE ROW LEVEL SECURITY; ALTER ROLE tm_forced BYPASSRLS");

        convert(new Attaching(database, EVENTS).by("at", "1 day").strategy(strategy));
        assertThat(database.value("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("t");
        goBack();

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(500);
        assertThat(database.value("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("t");
    }

    private void convert(Attaching attaching) throws Exception {
        try (Connection owner = owner()) {
            assertThat(Tidemark.on(owner).apply(attaching.request()).result()).isEqualTo(Outcome.Result.DONE);
        }
    }

    private void goBack() throws Exception {
        try (Connection owner = owner()) {
            Tidemark.on(owner).undo(List.of(EVENTS), Tuning.of(Duration.ofSeconds(4)));
        }
    }

    private Connection owner() throws Exception {
        return DriverManager.getConnection(database.jdbcUrl(), OWNER, "p");
    }
}
