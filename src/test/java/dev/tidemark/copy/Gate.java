package dev.tidemark.copy;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Halts a step that is cut into slices: the first slice of a table is committed, every other one waits, read and not committed, until something has
 * happened in another session.
 */
final class Gate {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Gate() {}

    /** Call when the step begins, in the thread that runs it. Returns at once; what happens, happens in a thread of its own. */
    static Thread close(Database database, String step, CopyScenario.Happening happening) throws SQLException {
        database.execute(
                """
                CREATE SCHEMA IF NOT EXISTS gate;
                CREATE OR REPLACE FUNCTION gate.halt() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.step = (SELECT s.ordinal FROM tidemark.step AS s WHERE s.run = NEW.run AND s.id = '%s')
                       AND EXISTS (SELECT FROM tidemark.slice AS d WHERE d.run = NEW.run AND d.step = NEW.step AND d.back = NEW.back AND d.state = 'DONE') THEN
                        PERFORM pg_advisory_xact_lock_shared(4711);
                    END IF;
                    RETURN NEW;
                END $$;
                DROP TRIGGER IF EXISTS halt ON tidemark.slice;
                CREATE TRIGGER halt BEFORE UPDATE ON tidemark.slice FOR EACH ROW WHEN (NEW.state = 'DONE') EXECUTE FUNCTION gate.halt()"""
                        .formatted(step));
        Connection holder = database.connect();
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(4711)");
        }
        Thread thread = new Thread(() -> halt(database, step, happening, holder), "gate of " + step);
        thread.start();
        return thread;
    }

    private static void halt(Database database, String step, CopyScenario.Happening happening, Connection holder) {
        try (holder) {
            Await.until(
                    "a slice of " + step + " waits",
                    LIMIT,
                    () -> database.number(
                                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"
                                            + " AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                            > 0);
            Thread happens = new Thread(() -> CopyScenario.happen(happening), "while " + step + " is halted");
            happens.start();
            // What empties the table waits for those who read it.
            Await.until(
                    "it happens, or waits for the slice",
                    LIMIT,
                    () -> !happens.isAlive()
                            || database.number(
                                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'relation'")
                                    > 0);
            holder.close();
            happens.join();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
