package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A table that logical replication reads from or writes into, there and back, beside a real subscriber in another database. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, SUPERUSER},
        promise = "a subscriber gets every row once, or it is said beforehand why not")
class LogicalReplicationIT {
    private static final TableName EVENTS = new TableName("public", "events");
    private static final String TABLE =
            "CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, note text)";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Database database;
    private final Database other;
    private final String slot;

    LogicalReplicationIT(Database database) {
        this.database = database;
        this.other = Database.create(database.server(), Set.of());
        this.slot = "s_" + other.name();
        database.execute(TABLE);
        other.execute(TABLE);
    }

    @AfterEach
    void forget() {
        for (Database side : new Database[] {database, other}) {
            if (side.number(
                            "SELECT count(*) FROM pg_subscription WHERE subname = 's' AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())")
                    > 0) {
                dropKeepingItsSlot(side);
            }
        }
        other.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '" + slot
                + "' AND database = current_database()");
        database.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                + slot + "' AND database = current_database()");
        other.close();
    }

    @Test
    void a_table_that_a_subscription_writes_into_is_named_with_a_remedy_that_loses_nothing() throws Exception {
        other.execute("CREATE PUBLICATION p FOR TABLE events");
        other.execute("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        subscribe(database, other);
        write(other, 1, 10, 0);
        arrived(database, 10);
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");

        assertThatThrownBy(attaching::convert)
                .hasMessageContaining("TM165 Subscription \"s\" writes into \"public\".\"events\"")
                .hasMessageContaining("slot_name = '" + slot + "'");

        database.execute("ALTER SUBSCRIPTION s DISABLE");
        write(other, 11, 20, 0);
        attaching.convert();
        write(other, 21, 30, 5);
        enableWithAnotherTable();
        write(other, 31, 40, 5);
        arrived(database, 40);
        assertThat(database.number("SELECT sum(id) FROM events")).isEqualTo(820);

        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM502")
                .hasMessageContaining("subscription s writes into public.events");
        database.execute("ALTER SUBSCRIPTION s DISABLE");
        write(other, 41, 50, 0);
        attaching.goBack();
        enableWithAnotherTable();
        write(other, 51, 60, 0);
        arrived(database, 60);
        assertThat(database.number("SELECT sum(id) FROM ONLY events")).isEqualTo(1830);
        assertThat(database.number("SELECT sum(apply_error_count) FROM pg_stat_subscription_stats WHERE subname = 's'"))
                .isZero();
    }

    @Test
    void a_subscriber_to_everything_of_a_schema_hears_of_every_row_once() throws Exception {
        database.execute("CREATE PUBLICATION p FOR TABLES IN SCHEMA public WITH (publish_via_partition_root = true)");
        database.execute("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        subscribe(other, database);
        write(database, 1, 10, 0);
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day");
        attaching.convert();
        write(database, 11, 20, 0);
        write(database, 21, 30, 5);
        database.execute("UPDATE events SET note = 'changed' WHERE id IN (1, 11, 21)");
        arrived(other, 30);

        assertThatThrownBy(attaching::goBack)
                .hasMessageContaining("TM502: publication p publishes public.events")
                .hasMessageContaining("ALTER PUBLICATION p DROP TABLES IN SCHEMA public");

        write(database, 31, 40, 5);
        arrived(other, 40);
        assertThat(other.number("SELECT count(*) FROM events WHERE note = 'changed'"))
                .isEqualTo(3);
        database.execute("DELETE FROM events WHERE id > 20");
        database.execute("VACUUM events");
        attaching.goBack();
        write(database, 41, 50, 0);
        Await.until(
                "deletes and inserts arrived",
                PATIENCE,
                () -> other.number("SELECT count(*) FROM events WHERE id > 40") == 10);
        assertThat(other.number("SELECT count(*) FROM events")).isEqualTo(30);
        assertThat(other.number("SELECT sum(apply_error_count) FROM pg_stat_subscription_stats WHERE subname = 's'"))
                .isZero();
    }

    /** As the remedy says. */
    private void enableWithAnotherTable() {
        for (String change : new String[] {
            "SET (slot_name = not_yet)",
            "ENABLE",
            "REFRESH PUBLICATION WITH (copy_data = false)",
            "SET (slot_name = '" + slot + "')"
        }) {
            database.execute("ALTER SUBSCRIPTION s " + change);
        }
    }

    private static void write(Database into, int first, int last, int daysAhead) {
        into.execute("INSERT INTO events SELECT n, now() + " + daysAhead
                + " * interval '1 day', 'a' FROM generate_series(" + first + ", " + last + ") AS n");
    }

    private void subscribe(Database subscriber, Database publisher) {
        subscriber.execute("CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=" + publisher.value("SHOW port")
                + " dbname=" + publisher.name() + " user="
                + publisher.server().user() + " password="
                + publisher.server().password() + "' PUBLICATION p WITH (create_slot = false, slot_name = '" + slot
                + "', copy_data = false)");
    }

    private static void arrived(Database subscriber, int rows) {
        Await.until(rows + " rows arrived", PATIENCE, () -> subscriber.number("SELECT count(*) FROM events") == rows);
    }

    /** And nobody reads the slot any more. */
    private void dropKeepingItsSlot(Database subscriber) {
        subscriber.execute(
                "ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s");
        Await.until(
                "the slot is free",
                PATIENCE,
                () -> database.number(
                                "SELECT count(*) FROM pg_replication_slots WHERE active AND slot_name = '" + slot + "'")
                        == 0);
    }
}
