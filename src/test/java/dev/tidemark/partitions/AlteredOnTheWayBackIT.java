package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the application changes in the table itself while rows return to it. */
@PostgresTest(needs = SEVERAL_SESSIONS, promise = "a column that comes while rows return keeps its values")
class AlteredOnTheWayBackIT {
    private final Database database;

    AlteredOnTheWayBackIT(Database database) {
        this.database = database;
    }

    /** The trigger makes each batch lock the table before its parts, so that whoever alters the table comes between two. */
    @Test
    void a_column_that_comes_between_two_batches_keeps_its_values() throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, note text);
                INSERT INTO events VALUES (1, now(), 'n');
                CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                CREATE TRIGGER audit AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION nothing();""");
        Attaching attaching = new Attaching(database, HalfWayBack.EVENTS).by("at", "1 day");
        attaching.convert();
        database.execute(
                "ALTER TABLE events ALTER note SET STORAGE PLAIN; INSERT INTO events SELECT n, now() + interval '6 days', CASE n WHEN 1000 THEN 'slow' ELSE repeat('n', 1000) END FROM generate_series(1000, 3999) AS n");
        database.execute(
                """
                CREATE FUNCTION slow(note text) RETURNS boolean LANGUAGE sql AS 'SELECT CASE note WHEN ''slow'' THEN pg_sleep(1) IS NOT NULL ELSE true END';
                ALTER TABLE events_old ADD CONSTRAINT slow CHECK (slow(note)) NO INHERIT NOT VALID;""");
        CompletableFuture<Void> back = CompletableFuture.runAsync(() -> {
            try {
                attaching.goBack();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        Await.until(
                "the first rows are on their way",
                Duration.ofSeconds(20),
                () -> back.isDone()
                        || database.number(
                                        "SELECT count(*) FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid) WHERE a.wait_event = 'PgSleep' AND l.locktype = 'relation' AND l.mode = 'ExclusiveLock' AND a.datname = current_database()")
                                > 0);
        database.execute(
                "BEGIN; ALTER TABLE events ADD COLUMN extra bigint; UPDATE events SET extra = id WHERE id > 1000; COMMIT");
        back.join();
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(3_001);
        assertThat(database.number("SELECT count(*) FROM events WHERE id > 1000 AND extra IS DISTINCT FROM id"))
                .isZero();
    }

    @Test
    void a_part_that_somebody_drops_is_not_missed() throws Exception {
        HalfWayBack half = HalfWayBack.of(database, "SELECT 1");
        database.execute(
                "DO $$ BEGIN EXECUTE format('DROP TABLE %s', (SELECT tableoid::regclass FROM events WHERE id = 1000)); END $$");
        half.rest();
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(51);
        assertThat(database.number("SELECT count(*) FROM tidemark.object WHERE kind = 'returning part'"))
                .isZero();
    }
}
