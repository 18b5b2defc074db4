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

/** Whoever writes thousands of rows while others return, and keys that compare otherwise than usual. */
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "transactions of many rows come one after the other while rows return")
class ManyKeysReturnIT {
    private static final String WAITING =
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private final Database database;

    ManyKeysReturnIT(Database database) {
        this.database = database;
    }

    @Test
    void two_that_write_thousands_of_keys_do_not_wait_for_each_other_in_a_circle() throws Exception {
        HalfWayBack half = HalfWayBack.of(database, "SELECT 1");
        try (Connection one = open();
                Connection other = open()) {
            run(one, insert("a", 10_000, 10_499));
            run(other, insert("b", 20_000, 20_499));
            // From its thousandth key on nobody else goes on, but nobody has to be over for it.
            run(one, insert("a", 10_500, 12_999));
            CompletableFuture<Void> second = beside(other, insert("b", 20_500, 22_999));
            assertThat(second).isNotDone();
            run(one, insert("a", 13_000, 13_999));
            one.commit();
            second.join();
            other.commit();
        }
        half.rest();
        assertThat(database.number("SELECT count(*) FROM events WHERE note IN ('a', 'b')"))
                .isEqualTo(7_000);
    }

    @Test
    void one_key_of_thousands_that_somebody_else_is_writing_is_waited_for() throws Exception {
        HalfWayBack half = HalfWayBack.of(database, "SELECT 1");
        try (Connection one = open();
                Connection many = open()) {
            run(one, "UPDATE events SET id = 15000 WHERE id = 1000");
            CompletableFuture<Void> second = beside(many, insert("b", 12_000, 15_000));
            one.commit();
            assertThatThrownBy(second::join).hasStackTraceContaining("Key (id)=(15000) already exists.");
        }
        half.rest();
    }

    @Test
    void one_who_writes_a_key_of_thousands_afterwards_waits() throws Exception {
        HalfWayBack half = HalfWayBack.of(database, "SELECT 1");
        try (Connection many = open();
                Connection one = open()) {
            run(many, insert("b", 12_000, 15_000));
            CompletableFuture<Void> second = beside(one, "UPDATE events SET id = 15000 WHERE id = 1000");
            many.commit();
            assertThatThrownBy(second::join).hasStackTraceContaining("Key (id)=(15000) already exists.");
            one.rollback();
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
                    .isZero();
        }
        half.rest();
    }

    @Test
    void a_collation_of_the_index_counts_not_that_of_the_column() throws Exception {
        database.execute(
                "CREATE COLLATION careless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        HalfWayBack half =
                HalfWayBack.of(database, "CREATE UNIQUE INDEX by_note ON events (note COLLATE careless, at)");
        assertThatThrownBy(() ->
                        database.execute("INSERT INTO events SELECT 3000, at, upper(note) FROM events WHERE id = 1000"))
                .hasMessageContaining("duplicate key value violates unique constraint \"by_note\"")
                .hasMessageContaining("Key (note, at)=(N1000, ");
        half.rest();
    }

    /** With everything in them that code might take for its own. */
    @Test
    void names_are_only_names() throws Exception {
        TableName table = new TableName("s % \"q$tidemark$", "written $1 ON keys");
        database.execute("CREATE SCHEMA \"s % \"\"q$tidemark$\"");
        database.execute(
                "CREATE TABLE " + table.quoted()
                        + " (n bigint, written timestamptz NOT NULL, keys text, latest int, \"former %\" int, CONSTRAINT \"k % '$keys$\" PRIMARY KEY (n))");
        database.execute("CREATE UNIQUE INDEX \"u'%s\" ON " + table.quoted()
                + " (lower(keys), latest, \"former %\", written) WHERE n > 0");
        database.execute(
                "INSERT INTO " + table.quoted()
                        + " SELECT n, date_trunc('day', now()) - n * interval '1 hour', 'n' || n FROM generate_series(1, 50) AS n");
        Attaching attaching = new Attaching(database, table).by("written", "1 day");
        attaching.convert();
        database.execute(
                "INSERT INTO " + table.quoted()
                        + " SELECT n, date_trunc('day', now()) + interval '6 days', 'n' || n, 1, 1 FROM generate_series(1000, 1009) AS n");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM ONLY " + table.quoted()))
                .isEqualTo(60);
    }

    private static String insert(String note, int first, int last) {
        return "INSERT INTO events SELECT n, now(), '" + note + "' FROM generate_series(" + first + ", " + last
                + ") AS n";
    }

    private Connection open() throws SQLException {
        Connection connection = database.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Begun, and waiting for a key. */
    private CompletableFuture<Void> beside(Connection connection, String sql) {
        CompletableFuture<Void> running = CompletableFuture.runAsync(() -> {
            try {
                run(connection, sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        Await.until(
                "a statement waits for a key",
                Duration.ofSeconds(20),
                () -> running.isDone() || database.number(WAITING) > 0);
        return running;
    }
}
