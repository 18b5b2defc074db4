package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds while rows of later partitions return to the table, here because something keeps them from returning. */
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "keys and foreign keys hold while rows return, as they do before and after")
class RowsReturnIT {
    private static final TableName EVENTS = new TableName("public", "events");
    /** A row later than the boundary that the history partition does not take, whoever it is. */
    private static final String STOP =
            "INSERT INTO events VALUES (900, date_trunc('day', now()) + interval '5 days', 'stop')";
    /** The next partition comes after that of the row that stops. */
    private static final String LATER =
            "INSERT INTO events SELECT n, date_trunc('day', now()) + interval '6 days', 'n' || n FROM generate_series(1000, 1009) AS n";

    private final Database database;

    RowsReturnIT(Database database) {
        this.database = database;
    }

    /** Converted and half way back: rows 1000 to 1009 are in a part that has not returned. */
    private Attaching halfWayBack(String key, String more, ForeignKeyChoice foreignKeys) throws SQLException {
        database.execute(
                "CREATE TABLE events (id bigint, at timestamptz NOT NULL, note text, CONSTRAINT events_pkey PRIMARY KEY ("
                        + key + "))");
        database.execute(
                "INSERT INTO events SELECT n, date_trunc('day', now()) - n * interval '1 hour', 'n' || n FROM generate_series(1, 50) AS n");
        database.execute(more);
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day").foreignKeys(foreignKeys);
        attaching.convert();
        database.execute(STOP);
        database.execute(LATER);
        database.execute("ALTER TABLE events_old ADD CONSTRAINT no_stop CHECK (note <> 'stop') NO INHERIT");
        assertThatThrownBy(attaching::goBack).hasMessageContaining("violates check constraint \"no_stop\"");
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("r");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(61);
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(50);
        return attaching;
    }

    private void rest(Attaching attaching) throws SQLException {
        database.execute("ALTER TABLE ONLY events DROP CONSTRAINT no_stop");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isZero();
        assertThat(database.column("SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal"))
                .isEmpty();
        assertThat(
                        database.column(
                                "SELECT proname::text FROM pg_proc WHERE prorettype = 'trigger'::regtype AND pronamespace = 'tidemark'::regnamespace"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO events VALUES (1000, now(), 'twin')",
                "UPDATE events SET id = 1000 WHERE id = 8",
                "UPDATE events SET id = 1001, at = at + interval '1 hour' WHERE id = 1000",
                "INSERT INTO events VALUES (3000, now(), 'a'), (3001, now(), 'b'), (1000, now(), 'twin')",
                "UPDATE events SET id = 8 WHERE id = 1000",
            })
    void no_key_is_in_two_places(String statement) throws SQLException {
        Attaching attaching = halfWayBack("id", "SELECT 1", ForeignKeyChoice.REFUSE);

        assertThatThrownBy(() -> database.execute(statement))
                .hasMessageContaining("duplicate key value violates unique constraint \"events_pkey\"")
                .hasMessageContaining("Key (id)=(")
                .hasStackTraceContaining("already exists");

        database.execute("INSERT INTO events VALUES (2000, now(), 'new')");
        database.execute("UPDATE events SET id = 2001 WHERE id = 1002");
        database.execute("UPDATE events SET note = 'changed' WHERE id = 1000");
        assertThatThrownBy(() -> database.execute("INSERT INTO events VALUES (2001, now(), 'twin')"))
                .hasMessageContaining("events_pkey");
        database.execute("INSERT INTO events VALUES (1002, now(), 'free by now')");
        rest(attaching);
        assertThat(database.number("SELECT count(*) FROM events WHERE note = 'changed'"))
                .isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(63);
    }

    @Test
    void two_that_write_one_key_at_a_time_meet() throws Exception {
        Attaching attaching = halfWayBack("id", "SELECT 1", ForeignKeyChoice.REFUSE);
        try (Connection first = database.connect();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("UPDATE events SET id = 5000 WHERE id = 1000");
            CompletableFuture<Void> second = beside("INSERT INTO events VALUES (5000, now(), 'second')");
            first.commit();
            assertThatThrownBy(second::join).hasStackTraceContaining("duplicate key value violates unique constraint");
        }
        rest(attaching);
    }

    @Test
    void a_key_that_is_checked_late_is_checked_late_meanwhile() throws SQLException {
        Attaching attaching = halfWayBack(
                "id",
                "ALTER TABLE events DROP CONSTRAINT events_pkey; ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED",
                ForeignKeyChoice.REFUSE);
        database.execute(
                "BEGIN; INSERT INTO events VALUES (1000, now(), 'twin'); UPDATE events SET id = id + 5000; DELETE FROM events WHERE note = 'twin'; COMMIT");
        assertThatThrownBy(() -> database.execute("INSERT INTO events VALUES (6000, now(), 'twin')"))
                .hasMessageContaining("events_pkey");
        rest(attaching);
        assertThat(database.number("SELECT count(*) FROM events WHERE id > 5000"))
                .isEqualTo(61);
    }

    @Test
    void an_expression_and_a_condition_of_an_index_hold_too() throws SQLException {
        Attaching attaching = halfWayBack(
                "id",
                "CREATE UNIQUE INDEX \"by % note\" ON events (lower(note), at) WHERE note IS NOT NULL",
                ForeignKeyChoice.REFUSE);
        assertThatThrownBy(() ->
                        database.execute("INSERT INTO events SELECT 3000, at, upper(note) FROM events WHERE id = 1000"))
                .hasMessageContaining("duplicate key value violates unique constraint \"by % note\"")
                .hasMessageContaining("Key (lower(note), at)=(n1000, ");
        database.execute("INSERT INTO events SELECT 3000 + id, at, NULL FROM events WHERE id >= 1000");
        rest(attaching);
    }

    @Test
    void a_transaction_from_before_the_window_does_not_write_past_what_it_cannot_see() throws Exception {
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");
        database.execute("CREATE TABLE events (id bigint, at timestamptz, note text, PRIMARY KEY (id, at))");
        attaching.convert();
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("SELECT 1").close();
            database.execute(STOP);
            database.execute(LATER);
            database.execute("ALTER TABLE events_old ADD CONSTRAINT no_stop CHECK (note <> 'stop') NO INHERIT");
            assertThatThrownBy(attaching::goBack).hasMessageContaining("violates check constraint");
            assertThatThrownBy(() -> statement.execute("INSERT INTO events VALUES (1000, now(), 'twin')"))
                    .hasMessageContaining("could not serialize access");
            old.rollback();
        }
        rest(attaching);
    }

    @Test
    void who_has_an_older_snapshot_misses_no_row() throws Exception {
        Attaching attaching = halfWayBack("id, at", "SELECT 1", ForeignKeyChoice.REFUSE);
        assertThat(attaching.undoScript()).filteredOn(s -> s.contains("TM408")).hasSize(1);
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("SELECT 1").close();
            database.execute("ALTER TABLE ONLY events DROP CONSTRAINT no_stop");
            CompletableFuture<Void> back = CompletableFuture.runAsync(() -> {
                try {
                    attaching.goBack();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until(
                    "the way back waits for the older snapshot",
                    Duration.ofSeconds(30),
                    () -> database.number(
                                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
                            == 1);
            assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(61);
            try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM events")) {
                rows.next();
                assertThat(rows.getLong(1)).isEqualTo(61);
            }
            old.commit();
            back.join();
        }
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isZero();
    }

    @Test
    void more_partitions_than_the_window_can_take_along_are_refused_before_anything_changes() throws SQLException {
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL)");
        Attaching attaching = new Attaching(database, EVENTS)
                .by("at", "1 day")
                .partitioning(new Partitioning("UTC", 60, Optional.empty(), false));
        attaching.convert();
        database.execute(
                "INSERT INTO events SELECT n, now() + (4 + n) * interval '1 day' FROM generate_series(1, 40) AS n");

        attaching.maxPause(Duration.ofMillis(100));
        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining(
                        "TM504: 40 partitions of public.events have got rows of their own, to take them along takes about 0.13 s, and maxPause is 0.10 s")
                .hasMessageContaining("maxPause=\"1 seconds\"");

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        attaching.maxPause(Duration.ofSeconds(2)).goBack();
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(40);
    }

    @Test
    void row_security_that_would_hide_rows_from_the_owner_is_named_beforehand() throws SQLException {
        String owner = "owner_of_" + database.name();
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL)");
        database.execute("CREATE ROLE " + owner + "; ALTER TABLE events OWNER TO " + owner);
        database.execute("ALTER TABLE events ENABLE ROW LEVEL SECURITY; ALTER TABLE events FORCE ROW LEVEL SECURITY");
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");
        attaching.convert();
        database.execute("INSERT INTO events VALUES (1, now() + interval '6 days')");

        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM502: public.events forces row security on its owner")
                .hasMessageContaining("NO FORCE ROW LEVEL SECURITY");

        database.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY");
        attaching.goBack();
        database.execute("DROP TABLE events; DROP OWNED BY " + owner + "; DROP ROLE " + owner);
    }

    @Test
    void parts_that_cannot_become_children_are_named_beforehand() throws SQLException {
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL)");
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");
        attaching.convert();
        database.execute(
                """
                CREATE TABLE late PARTITION OF events FOR VALUES FROM ('2200-01-01') TO ('2200-01-02') PARTITION BY RANGE (at);
                CREATE TABLE late_1 PARTITION OF late FOR VALUES FROM ('2200-01-01') TO ('2200-01-02');
                INSERT INTO events VALUES (1, '2200-01-01 12:00:00Z')""");
        String history = database.value(
                "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'events'::regclass AND pg_get_expr(relpartbound, oid) LIKE '%MINVALUE%'");
        database.execute("ALTER TABLE " + history + " ADD CONSTRAINT positive CHECK (id > 0)");

        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM502: CHECK positive of the history partition public." + history)
                .hasMessageContaining(
                        "ALTER TABLE public.events ADD CONSTRAINT positive CHECK ((id > 0)); or drop it.");
        database.execute("ALTER TABLE events ADD CONSTRAINT positive CHECK ((id > 0))");
        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM502: partition public.late of public.events has partitions of its own")
                .hasMessageContaining("convertToPlainTable");

        database.execute("ALTER TABLE events DETACH PARTITION late");
        database.execute("INSERT INTO events VALUES (2, now() + interval '6 days')");
        attaching.goBack();
        assertThat(database.column("SELECT id::text FROM ONLY events")).containsExactly("2");
    }

    @Test
    void the_plan_says_what_the_way_back_meets() throws SQLException {
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL)");
        database.execute(
                "CREATE FUNCTION upsert() RETURNS void LANGUAGE sql AS 'INSERT INTO public.events VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET at = now()'");
        assertThat(new Attaching(database, EVENTS).by("at", "1 day").plan().findings())
                .filteredOn(finding -> finding.code().equals("TM186"))
                .singleElement()
                .asString()
                .contains(
                        "0.105 s when 30 partitions have got rows",
                        "ON CONFLICT (\"id\", \"at\") to \"public\".\"events\" fails (42P10)",
                        "waits some tens of milliseconds until it has, such as INSERT INTO public.events … ON CONFLICT (id) DO UPDATE",
                        "gets 40001 and works when it is repeated",
                        "convertToPlainTable");
    }

    /** Begun, and waiting for somebody. */
    private CompletableFuture<Void> beside(String sql) {
        CompletableFuture<Void> statement = CompletableFuture.runAsync(() -> database.execute(sql));
        Await.until(
                "it waits: " + sql,
                Duration.ofSeconds(30),
                () -> database.number(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                        == 1);
        return statement;
    }

    private static final String MARKS =
            """
            CREATE TABLE marks (id bigint PRIMARY KEY, event_id bigint DEFAULT 1, at timestamptz,
                CONSTRAINT marks_event FOREIGN KEY (event_id, at) REFERENCES events (id, at) %s)""";

    private static final String MARK = "INSERT INTO marks SELECT id, id, at FROM events WHERE id IN (1000, 1001, 5)";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|DELETE FROM events WHERE id = 1000",
                "ON DELETE RESTRICT|DELETE FROM events WHERE id = 1000",
                "ON DELETE RESTRICT|DELETE FROM events WHERE id = 5",
                "|UPDATE events SET id = 5000 WHERE id = 1000",
                "ON UPDATE RESTRICT|UPDATE events SET at = at + interval '1 second' WHERE id = 1000",
                "|INSERT INTO marks VALUES (1, -1, now())",
                "|UPDATE marks SET event_id = -1 WHERE id = 1000",
                "|INSERT INTO marks SELECT id, id, at FROM events WHERE id = 1002 UNION ALL SELECT 1, -1, now()",
                "DEFERRABLE INITIALLY DEFERRED|INSERT INTO marks VALUES (1, -1, now())",
                "DEFERRABLE INITIALLY DEFERRED|DELETE FROM events WHERE id = 1000",
            })
    void nobody_is_orphaned(String action, String statement) throws SQLException {
        Attaching attaching =
                halfWayBack("id, at", MARKS.formatted(action == null ? "" : action), ForeignKeyChoice.REFUSE);
        database.execute(MARK);

        assertThatThrownBy(() -> database.execute(statement))
                .hasMessageContaining("violates foreign key constraint \"marks_event\"");

        rest(attaching);
        assertThat(database.value("SELECT convalidated::text FROM pg_constraint WHERE conname = 'marks_event'"))
                .isEqualTo("true");
        assertThatThrownBy(() -> database.execute(statement))
                .hasMessageContaining("violates foreign key constraint \"marks_event\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ON DELETE CASCADE|DELETE FROM events WHERE id = 1000|5 5;1001 1001",
                "ON DELETE SET NULL (event_id)|DELETE FROM events WHERE id = 1000|1000 ;1001 1001;5 5",
                "ON UPDATE CASCADE|UPDATE events SET id = 5000 WHERE id = 1000|1000 5000;1001 1001;5 5",
                "DEFERRABLE INITIALLY DEFERRED|BEGIN; DELETE FROM events WHERE id = 1000; DELETE FROM marks WHERE id = 1000; COMMIT|1001 1001;5 5",
                "DEFERRABLE INITIALLY DEFERRED|BEGIN; INSERT INTO marks VALUES (1, 7000, '2020-01-01'); INSERT INTO events VALUES (7000, '2020-01-01'); COMMIT|1 7000;1000 1000;1001 1001;5 5",
            })
    void what_references_a_row_follows_it(String action, String statement, String marks) throws SQLException {
        Attaching attaching = halfWayBack("id, at", MARKS.formatted(action), ForeignKeyChoice.REFUSE);
        database.execute(MARK);

        database.execute(statement);

        assertThat(database.column("SELECT concat_ws(' ', id, coalesce(event_id::text, '')) FROM marks ORDER BY 1"))
                .containsExactlyInAnyOrder(marks.split(";", -1));
        rest(attaching);
    }

    @Test
    void who_references_a_row_and_who_deletes_it_meet() throws Exception {
        Attaching attaching = halfWayBack("id, at", MARKS.formatted(""), ForeignKeyChoice.REFUSE);
        try (Connection first = database.connect();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("DELETE FROM events WHERE id = 1000");
            CompletableFuture<Void> marking =
                    beside("INSERT INTO marks SELECT 1, 1000, date_trunc('day', now()) + interval '6 days'");
            first.commit();
            assertThatThrownBy(marking::join).hasStackTraceContaining("marks_event");
            statement.execute(MARK);
            CompletableFuture<Void> deleting = beside("DELETE FROM events WHERE id = 1001");
            first.commit();
            assertThatThrownBy(deleting::join).hasStackTraceContaining("marks_event");
        }
        rest(attaching);
    }

    @Test
    void triggers_in_place_of_a_key_hold_on() throws SQLException {
        Attaching attaching = halfWayBack(
                "id",
                "CREATE TABLE marks (id bigint, event_id bigint CONSTRAINT marks_event REFERENCES events)",
                ForeignKeyChoice.TRIGGER);
        database.execute("INSERT INTO marks VALUES (1, 1000), (2, 7)");
        for (String statement : new String[] {
            "INSERT INTO marks VALUES (3, -1)", "DELETE FROM events WHERE id = 1000", "DELETE FROM events WHERE id = 7"
        }) {
            assertThatThrownBy(() -> database.execute(statement)).hasMessageContaining("marks_event");
        }
        rest(attaching);
        assertThat(database.number("SELECT count(*) FROM tidemark.substitute")).isZero();
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 1000"))
                .hasMessageContaining("marks_event");
    }
}
