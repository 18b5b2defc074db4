package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What INSERT does about rows that have not returned yet, while somebody brings rows home: here he is kept at the first of two parts by a lock on it. */
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "INSERT, with ON CONFLICT and without, answers while rows return as it does before and after")
class AwaitedRowsIT {
    private static final TableName EVENTS = new TableName("public", "events");

    private final Database database;

    AwaitedRowsIT(Database database) {
        this.database = database;
    }

    /** Rows 1 to 50 are at home, row 900 is in the part that is locked, 1000 to 1009 in the next one. */
    private Returning returning(String more) throws SQLException {
        database.execute(
                "CREATE TABLE events (id bigint CONSTRAINT events_pkey PRIMARY KEY, at timestamptz NOT NULL, note text)");
        database.execute(
                "INSERT INTO events SELECT n, date_trunc('day', now()) - n * interval '1 hour', 'n' || n FROM generate_series(1, 50) AS n");
        database.execute(more);
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");
        attaching.convert();
        database.execute("INSERT INTO events VALUES (900, date_trunc('day', now()) + interval '5 days', 'stop')");
        database.execute(
                "INSERT INTO events SELECT n, date_trunc('day', now()) + interval '6 days', 'n' || n FROM generate_series(1000, 1009) AS n");
        database.execute("ALTER TABLE events_old ADD CONSTRAINT no_stop CHECK (note <> 'stop') NO INHERIT");
        assertThatThrownBy(attaching::goBack).hasMessageContaining("violates check constraint \"no_stop\"");
        database.execute("ALTER TABLE ONLY events DROP CONSTRAINT no_stop");
        return new Returning(attaching);
    }

    /** Somebody who brings rows home, and somebody who keeps him. */
    private final class Returning implements AutoCloseable {
        private final Connection holder = database.connect();
        private final CompletableFuture<Void> back;

        Returning(Attaching attaching) throws SQLException {
            String part = database.value("SELECT tableoid::regclass::text FROM events WHERE id = 900");
            holder.setAutoCommit(false);
            try (Statement statement = holder.createStatement()) {
                statement.execute("LOCK TABLE " + part + " IN ROW SHARE MODE");
            }
            back = CompletableFuture.runAsync(() -> {
                try {
                    attaching.goBack();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until(
                    "rows would come home",
                    Duration.ofSeconds(30),
                    () -> database.number("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '" + part
                                    + "'::regclass")
                            == 1);
        }

        void letGo() throws SQLException {
            holder.commit();
            back.join();
            assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                    .isZero();
            assertThat(
                            database.column(
                                    "SELECT proname::text FROM pg_proc WHERE prorettype = 'trigger'::regtype AND pronamespace = 'tidemark'::regnamespace"))
                    .isEmpty();
        }

        @Override
        public void close() throws SQLException {
            holder.close();
            back.handle((done, failure) -> null).join();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT (id) DO UPDATE SET note = events.note || ' ' || excluded.note#n1005 new",
                "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT (id) DO NOTHING#n1005",
                "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT DO NOTHING#n1005",
                "INSERT INTO events SELECT n, now(), 'new' FROM generate_series(990, 1020) AS n ON CONFLICT (id) DO UPDATE SET note = events.note || ' ' || excluded.note#n1005 new",
                "MERGE INTO events USING (VALUES (1005)) AS v(id) ON v.id = events.id WHEN MATCHED THEN UPDATE SET note = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (v.id, now(), 'new')#merged",
            })
    void the_statement_meets_the_row(String statement, String note) throws Exception {
        try (Returning returning = returning("SELECT 1")) {
            database.execute(statement);
            assertThat(database.column("SELECT note FROM events WHERE id = 1005"))
                    .containsExactly(note);
            returning.letGo();
        }
        assertThat(database.column("SELECT note FROM events WHERE id = 1005")).containsExactly(note);
    }

    @Test
    void without_ON_CONFLICT_the_index_answers() throws Exception {
        try (Returning returning = returning("SELECT 1")) {
            assertThatThrownBy(() -> database.execute("INSERT INTO events VALUES (1005, now(), 'new')"))
                    .hasMessageContaining("duplicate key value violates unique constraint \"events_pkey\"")
                    .hasMessageContaining("Key (id)=(1005) already exists.");
            database.execute("INSERT INTO events VALUES (2000, now(), 'new')");
            returning.letGo();
        }
    }

    @Test
    void who_may_only_insert_may_wait_too() throws Exception {
        String role = "writer_of_" + database.name();
        try (Returning returning =
                returning("CREATE ROLE %s; GRANT INSERT, SELECT (id) ON events TO %s".formatted(role, role))) {
            database.execute(
                    "SET ROLE " + role
                            + "; INSERT INTO events VALUES (1005, now(), 'new'), (2000, now(), 'new') ON CONFLICT (id) DO NOTHING");
            assertThatThrownBy(() ->
                            database.execute("SET ROLE " + role + "; INSERT INTO events VALUES (1004, now(), 'new')"))
                    .hasMessageContaining("duplicate key value violates unique constraint \"events_pkey\"");
            returning.letGo();
        } finally {
            database.execute("DROP OWNED BY %s; DROP ROLE %s".formatted(role, role));
        }
        assertThat(database.column("SELECT id::text FROM events WHERE note = 'new'"))
                .containsExactly("2000");
    }

    @Test
    void repeatable_read_is_told_to_try_again_and_then_meets_the_row() throws Exception {
        try (Returning returning = returning("SELECT 1");
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            writer.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            String upsert =
                    "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT (id) DO UPDATE SET note = 'updated'";
            assertThatThrownBy(() -> statement.execute(upsert))
                    .hasMessageContaining("could not serialize access due to concurrent update");
            writer.rollback();
            statement.execute(upsert);
            writer.commit();
            assertThatThrownBy(() -> statement.execute("INSERT INTO events VALUES (1004, now(), 'new')"))
                    .hasMessageContaining("duplicate key value violates unique constraint \"events_pkey\"");
            writer.rollback();
            returning.letGo();
        }
        assertThat(database.value("SELECT note FROM events WHERE id = 1005")).isEqualTo("updated");
    }

    @Test
    void who_keeps_the_row_from_coming_is_told_to_try_again() throws Exception {
        try (Returning returning = returning("SELECT 1");
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE events SET note = 'changed' WHERE id = 1004");
            assertThatThrownBy(
                            () -> statement.execute(
                                    "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT (id) DO UPDATE SET note = 'updated'"))
                    .hasMessageContaining("a row with the same key is returning to its table")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("40001");
            writer.rollback();
            returning.letGo();
        }
    }

    @Test
    void a_trigger_on_INSERT_keeps_rows_from_being_asked_for_and_the_plan_says_so() throws Exception {
        String triggers =
                "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER noted BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION noted()";
        try (Returning returning = returning(triggers)) {
            assertThatThrownBy(() -> database.execute(
                            "INSERT INTO events VALUES (1005, now(), 'new') ON CONFLICT (id) DO NOTHING"))
                    .hasMessageContaining("duplicate key value violates unique constraint \"events_pkey\"")
                    .hasMessageContaining("Because of triggers of the table");
            returning.letGo();
        }
        assertThat(new Attaching(database, EVENTS).by("at", "1 day").plan().findings())
                .filteredOn(finding -> finding.code().equals("TM186"))
                .singleElement()
                .asString()
                .contains("because the table has triggers that fire on INSERT: the insert fails with 23505");
    }
}
