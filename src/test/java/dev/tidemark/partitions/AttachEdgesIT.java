package dev.tidemark.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Plain tables that are not like the others, and what happens to them between the cutover and the way back. */
@PostgresTest
class AttachEdgesIT {
    private static final TableName EVENTS = new TableName("public", "events");
    /** A key without its time, a row an hour. */
    private static final String START =
            """
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, note text);
            INSERT INTO events SELECT n, now() - n * interval '1 hour', 'n' || n FROM generate_series(1, 500) AS n""";

    private final Database database;

    AttachEdgesIT(Database database) {
        this.database = database;
    }

    private Attaching events() {
        return new Attaching(database, EVENTS).by("at", "1 day");
    }

    /** Of the partitions, in their order. */
    private List<String> bounds() {
        return database.column(
                """
                SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                 WHERE i.inhparent = 'events'::regclass ORDER BY substring(pg_get_expr(c.relpartbound, c.oid) FROM '\\(''?(.*?)''?\\) TO') = 'MINVALUE' DESC, 1""");
    }

    @Test
    void a_boundary_that_the_clock_comes_near_to_is_moved_on() throws SQLException {
        database.execute(START);
        Attaching waiting = events().untilSaidSo();
        assertThat(waiting.convert().result()).isEqualTo(Outcome.Result.WAITING_FOR_CUTOVER);
        assertThat(database.number("SELECT count(*) FROM pg_constraint WHERE conname = 'tidemark_bound'"))
                .as("nobody is refused while the cutover is waited for")
                .isZero();
        // As a run leaves it that was killed right before its cutover, some days ago.
        String near = database.value(
                "SELECT (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC' - interval '0'");
        database.execute(
                "ALTER TABLE events ADD CONSTRAINT tidemark_bound CHECK (at IS NOT NULL AND at < '" + near + "')");
        database.execute("INSERT INTO tidemark.object SELECT id, 'boundary', '\"public\".\"events\"', '" + near
                + "' FROM tidemark.run");

        waiting.cutover();

        assertThat(
                        database.value(
                                "SELECT (purpose::timestamptz > now() + interval '3 days')::text FROM tidemark.object WHERE kind = 'boundary'"))
                .isEqualTo("true");
        assertThat(
                        database.value(
                                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass AND inhrelid = 'events_old'::regclass"))
                .isEqualTo("1");
        database.execute("INSERT INTO events VALUES (1000, now() + interval '3 days', 'later')");
        waiting.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(501);
    }

    @Test
    void a_history_partition_that_retention_has_dropped_is_made_again() throws SQLException {
        database.execute(START);
        database.execute("CREATE INDEX events_note ON events (note)");
        Attaching attaching = events();
        attaching.convert();
        database.execute("INSERT INTO events VALUES (1000, now() + interval '5 days', 'later')");
        database.execute("DROP TABLE events_old");

        attaching.goBack();

        assertThat(database.column("SELECT id::text FROM events")).containsExactly("1000");
        assertThat(
                        database.column(
                                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'events'::regclass ORDER BY 1"))
                .containsExactly(
                        "CREATE INDEX events_note ON public.events USING btree (note)",
                        "CREATE UNIQUE INDEX events_pkey ON public.events USING btree (id)");
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("r");
    }

    @Test
    void two_rows_with_one_key_are_named_and_the_rollback_goes_on() throws SQLException {
        database.execute(START);
        Attaching attaching = events();
        attaching.convert();
        database.execute("INSERT INTO events VALUES (7, now() + interval '5 days', 'twin')");
        database.execute("INSERT INTO events VALUES (1000, now() + interval '6 days', 'later')");

        assertThatThrownBy(attaching::goBack).hasMessageContainingAll("TM505", "(7)", "correct one of them");

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(502);
        database.execute("UPDATE events SET id = 2000 WHERE note = 'twin'");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(502);
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(502);
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isZero();
    }

    @Test
    void two_rows_with_one_key_in_the_history_partition_stop_the_rollback_before_anything_changes()
            throws SQLException {
        database.execute(START);
        Attaching attaching = events();
        attaching.convert();
        database.execute("INSERT INTO events VALUES (7, now(), 'twin')");

        assertThatThrownBy(attaching::goBack).hasMessageContainingAll("events_pkey", "(7)");

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        database.execute("DELETE FROM events WHERE note = 'twin'");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(500);
    }

    @Test
    void rows_that_return_fire_no_trigger_of_the_table_and_keep_later_columns() throws SQLException {
        database.execute(START);
        database.execute("CREATE TABLE fired (id bigint)");
        database.execute(
                """
                CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := NEW.note || '!'; RETURN NEW; END $$;
                CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.fired VALUES (coalesce(NEW.id, OLD.id)); RETURN NULL; END $$;
                CREATE TRIGGER mark BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION mark();
                CREATE TRIGGER fired AFTER INSERT OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION fired();
                CREATE TRIGGER resting AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION fired();
                ALTER TABLE events DISABLE TRIGGER resting""");
        Attaching attaching = events();
        attaching.convert();
        database.execute("ALTER TABLE events ADD COLUMN extra text");
        database.execute("INSERT INTO events VALUES (1000, now() + interval '5 days', 'later', 'kept')");

        attaching.goBack();

        assertThat(database.rows("SELECT note, extra FROM events WHERE id = 1000"))
                .containsExactly(List.of("later!", "kept"));
        assertThat(database.column("SELECT id::text FROM fired")).containsExactly("1000");
        assertThat(
                        database.column(
                                "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE tgrelid = 'events'::regclass ORDER BY 1"))
                .containsExactly("fired O", "mark O", "resting D");
    }

    @Test
    void days_of_a_zone_with_summer_time_begin_at_its_midnight() throws SQLException {
        database.execute(START);
        events().partitioning(new Partitioning("Europe/Berlin", 200, Optional.empty(), false))
                .convert();

        assertThat(
                        database.column(
                                """
                        SELECT DISTINCT ((substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''(.*)''\\)'))::timestamptz AT TIME ZONE 'Europe/Berlin')::time::text
                          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass"""))
                .containsExactly("00:00:00");
        assertThat(bounds()).hasSizeGreaterThan(190);
    }

    @Test
    void numbers_are_attached_by_numbers() throws SQLException {
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at bigint NOT NULL)");
        database.execute(
                "INSERT INTO events SELECT n, extract(epoch from now())::bigint * 1000 - n FROM generate_series(1, 100) AS n");
        Attaching attaching = events().by("at", "1 month").epoch(Epoch.MS);
        attaching.convert();
        database.execute("INSERT INTO events VALUES (1000, (extract(epoch from now())::bigint + 86400 * 70) * 1000)");

        assertThat(database.number("SELECT count(*) FROM events WHERE tableoid = 'events_old'::regclass"))
                .isEqualTo(100);
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(101);
    }

    @Test
    void dates_without_a_key_are_attached() throws SQLException {
        database.execute("CREATE TABLE events (id bigint, at date)");
        database.execute("INSERT INTO events SELECT n, current_date - n FROM generate_series(1, 100) AS n");
        Attaching attaching = events().by("at", "7 days");
        attaching.convert();
        assertThat(database.value(
                        "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'at'"))
                .isEqualTo("t");
        database.execute("INSERT INTO events VALUES (1000, current_date + 60)");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(101);
        assertThat(database.value(
                        "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'at'"))
                .isEqualTo("f");
    }

    @Test
    void a_key_that_has_the_time_is_kept_with_whatever_points_to_it() throws SQLException {
        database.execute(
                "CREATE TABLE events (id bigint, at timestamptz, note text, PRIMARY KEY (at, id)); CREATE TABLE marks (id bigint, at timestamptz,"
                        + " CONSTRAINT marks_event FOREIGN KEY (at, id) REFERENCES events ON DELETE CASCADE)");
        database.execute(
                "INSERT INTO events SELECT n, now() - n * interval '1 hour', 'x' FROM generate_series(1, 50) AS n");
        database.execute("INSERT INTO marks SELECT id, at FROM events WHERE id % 5 = 0");
        Attaching attaching = events();

        attaching.convert();

        assertThat(
                        database.value(
                                "SELECT convalidated::text || ' ' || confrelid::regclass FROM pg_constraint WHERE conname = 'marks_event'"))
                .isEqualTo("true events");
        database.execute("DELETE FROM events WHERE id = 5");
        database.execute("INSERT INTO events VALUES (1000, now() + interval '5 days', 'later')");
        database.execute("INSERT INTO marks SELECT id, at FROM events WHERE id = 1000");
        assertThat(database.number("SELECT count(*) FROM marks")).isEqualTo(10);

        attaching.goBack();

        assertThat(
                        database.value(
                                "SELECT convalidated::text || ' ' || confrelid::regclass FROM pg_constraint WHERE conname = 'marks_event'"))
                .isEqualTo("true events");
        database.execute("DELETE FROM events WHERE id = 1000");
        assertThat(database.number("SELECT count(*) FROM marks")).isEqualTo(9);
    }

    @Test
    void a_key_that_points_to_the_shorter_one_is_refused_or_becomes_triggers() throws SQLException {
        database.execute(START);
        database.execute("CREATE TABLE marks (event_id bigint CONSTRAINT marks_event REFERENCES events)");
        database.execute("INSERT INTO marks VALUES (1)");
        assertThatThrownBy(events()::convert)
                .hasMessageContainingAll("TM130", "\"marks_event\"", "no key without its time column");
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();

        Attaching attaching = events().foreignKeys(ForeignKeyChoice.TRIGGER);
        attaching.convert();
        assertThatThrownBy(() -> database.execute("INSERT INTO marks VALUES (-1)"))
                .hasMessageContaining("marks_event");
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 1"))
                .hasMessageContaining("marks_event");
        try (Connection deleting = database.connect();
                Statement statement = deleting.createStatement()) {
            deleting.setAutoCommit(false);
            statement.execute("DELETE FROM events WHERE id = 2");
            CompletableFuture<Void> marking =
                    CompletableFuture.runAsync(() -> database.execute("INSERT INTO marks VALUES (2)"));
            Await.until(
                    "it waits for the row that is being deleted, or has not",
                    Duration.ofSeconds(30),
                    () -> marking.isDone()
                            || database.number(
                                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                                    == 1);
            deleting.commit();
            assertThatThrownBy(marking::join).hasStackTraceContaining("marks_event");
        }
        attaching.goBack();
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 1"))
                .hasMessageContaining("marks_event");
        assertThat(database.value("SELECT convalidated FROM pg_constraint WHERE conname = 'marks_event'"))
                .isEqualTo("t");
    }

    @Test
    void a_row_far_in_the_future_is_named_before_anything_is_done_to_the_table() throws SQLException {
        database.execute(START);
        database.execute("INSERT INTO events VALUES (1000, '2100-01-01', 'typo')");

        assertThatThrownBy(events()::convert).hasMessageContainingAll("TM172", "2099-12-31", "lie by themselves");

        assertThat(database.number(
                        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype = 'c'"))
                .isZero();
        database.execute("DELETE FROM events WHERE id = 1000");
        assertThat(events().convert().result()).isEqualTo(Outcome.Result.DONE);
    }

    @Test
    void tables_of_one_name_in_63_bytes_have_room_beside_each_other() throws SQLException {
        String name = "e".repeat(63);
        database.execute("CREATE TABLE %s (id bigint PRIMARY KEY, at timestamptz NOT NULL)".formatted(name));
        database.execute("CREATE TABLE %s ()".formatted("e".repeat(59) + "_old"));
        database.execute("INSERT INTO %s SELECT n, now() FROM generate_series(1, 10) AS n".formatted(name));
        Attaching attaching = new Attaching(database, new TableName("public", name)).by("at", "1 day");

        attaching.convert();

        assertThat(database.number("SELECT count(*) FROM " + name)).isEqualTo(10);
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM " + name)).isEqualTo(10);
    }

    @Test
    void two_tables_that_a_foreign_key_ties_are_attached_together() throws SQLException {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz, PRIMARY KEY (id, at));
                CREATE TABLE details (id bigint PRIMARY KEY, event_id bigint, at timestamptz NOT NULL,
                    CONSTRAINT details_event FOREIGN KEY (event_id, at) REFERENCES events (id, at));
                INSERT INTO events SELECT n, now() - n * interval '1 hour' FROM generate_series(1, 50) AS n;
                INSERT INTO details SELECT id * 2, id, at FROM events""");
        Attaching attaching = new Attaching(database, EVENTS, new TableName("public", "details")).by("at", "1 day");

        attaching.convert();

        database.execute("INSERT INTO events VALUES (1000, now() + interval '5 days')");
        database.execute("INSERT INTO details SELECT 2000, id, at FROM events WHERE id = 1000");
        assertThatThrownBy(() -> database.execute("INSERT INTO details VALUES (3000, -1, now() + interval '5 days')"))
                .hasMessageContaining("details_event");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events JOIN details USING (at)"))
                .isEqualTo(51);
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 1000"))
                .hasMessageContaining("details_event");
    }

    @Test
    void an_index_whose_build_was_broken_off_is_built_again() throws Exception {
        database.execute(START);
        Attaching attaching = events();
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("SELECT count(*) FROM events").close();
            CompletableFuture<Outcome> struck = CompletableFuture.supplyAsync(() -> {
                try {
                    return attaching.convert();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until(
                    "the build waits for the older transaction",
                    Duration.ofMinutes(1),
                    () -> database.number(
                                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'virtualxid' AND query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%'")
                            == 1);
            database.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'virtualxid'");
            assertThatThrownBy(struck::join).hasStackTraceContaining("same change again");
            assertThat(database.column(
                            "SELECT indisvalid::text FROM pg_index WHERE indrelid = 'events'::regclass ORDER BY 1"))
                    .containsExactly("false", "true");
            old.commit();
        }

        assertThat(attaching.convert().result()).isEqualTo(Outcome.Result.DONE);

        assertThat(database.column("SELECT indisvalid::text FROM pg_index WHERE indrelid = 'events_old'::regclass"))
                .containsExactly("true");
        assertThat(database.number("SELECT count(*) FROM tidemark.run")).isEqualTo(1);
    }

    @Test
    void what_has_come_since_its_partitions_were_made_is_named_and_not_lost() throws SQLException {
        database.execute(START);
        Attaching attaching = events().untilSaidSo();
        attaching.convert();
        database.execute("ALTER TABLE events ENABLE ROW LEVEL SECURITY");
        database.execute("CREATE POLICY mine ON events USING (id > 0)");

        assertThatThrownBy(attaching::cutover).hasMessageContainingAll("TM410", "policy mine", "has come", "abort");

        database.execute("DROP POLICY mine ON events");
        database.execute("ALTER TABLE events DISABLE ROW LEVEL SECURITY");
        attaching.cutover();
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
    }

    @Test
    void a_key_that_is_checked_late_is_checked_late_all_the_way() throws SQLException {
        database.execute(
                "CREATE TABLE events (id bigint, at timestamptz NOT NULL, CONSTRAINT late PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED)");
        database.execute("INSERT INTO events SELECT n, now() - n * interval '1 hour' FROM generate_series(1, 50) AS n");
        Attaching attaching = events();
        attaching.convert();
        database.execute("UPDATE events SET id = id + 1");
        attaching.goBack();
        database.execute("UPDATE events SET id = id + 1");
        assertThat(database.value(
                        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'events'::regclass"))
                .isEqualTo("PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED");
    }

    @Test
    void a_replica_identity_by_the_key_goes_along() throws SQLException {
        database.execute(START);
        database.execute("ALTER TABLE events REPLICA IDENTITY USING INDEX events_pkey");
        Attaching attaching = events();
        attaching.convert();
        assertThat(database.value("SELECT relreplident::text FROM pg_class WHERE oid = 'events_old'::regclass"))
                .isEqualTo("i");
        assertThat(database.number(
                        "SELECT count(*) FROM pg_index WHERE indrelid = 'events_old'::regclass AND indisreplident"))
                .isEqualTo(1);
        attaching.goBack();
        assertThat(
                        database.value(
                                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'events'::regclass AND indisreplident"))
                .isEqualTo("events_pkey");
    }

    @Test
    void a_publication_of_all_tables_must_publish_by_the_table() throws SQLException {
        database.execute(START);
        database.execute("CREATE PUBLICATION everything FOR ALL TABLES");
        assertThatThrownBy(events()::convert)
                .hasMessageContainingAll("TM153", "everything", "publish_via_partition_root");
        database.execute("ALTER PUBLICATION everything SET (publish_via_partition_root = true)");
        assertThat(events().convert().result()).isEqualTo(Outcome.Result.DONE);
    }

    @Test
    void it_is_finalized() throws SQLException {
        database.execute(START);
        Attaching attaching = events();
        attaching.convert();

        assertThat(attaching.verify()).isNotEmpty().allMatch(line -> line.startsWith("holds: "));
        attaching.finish();

        assertThat(database.value("SELECT state FROM tidemark.run WHERE kind = 'convertToPartitions'"))
                .isEqualTo("FINALIZED");
        assertThatThrownBy(attaching::goBack).hasMessageContaining("was finalized");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(500);
    }
}
