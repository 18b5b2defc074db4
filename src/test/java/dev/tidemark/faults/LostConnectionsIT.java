package dev.tidemark.faults;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A copy that loses a connection other than its own goes on by itself. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, SUPERUSER},
        promise = "a copy that loses a connection other than its own goes on by itself")
class LostConnectionsIT {
    private static final Conversion CONVERSION = Conversion.PLAIN_TO_PARTITIONS;
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** A slice waits with its work done and not committed. */
    private static final String GATE =
            """
            CREATE SCHEMA faults;
            CREATE FUNCTION faults.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$;
            CREATE TRIGGER hold BEFORE UPDATE ON tidemark.slice FOR EACH ROW WHEN (NEW.state = 'DONE') EXECUTE FUNCTION faults.hold()""";
    /** The first worker and the second are at the gate, and longer than an answer of the throttle holds. */
    private static final String BOTH_WAIT =
            """
            SELECT count(*) = 2 FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'tidemark' AND wait_event = 'advisory' AND query_start < now() - interval '1.5 seconds'""";

    private static final String END_WHO_WATCHES =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidemark' AND state = 'idle'";

    private static final String SLICE_HELD =
            """
            SELECT EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name = 'tidemark' AND state = 'idle in transaction'
                              AND query LIKE '%DONE%' AND state_change < now() - interval '1 second')""";
    private static final String SESSIONS =
            "SELECT pid, state, now() - state_change, query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidemark'";

    private final Database database;

    LostConnectionsIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void gate() throws Exception {
        database.execute("DROP SCHEMA IF EXISTS faults CASCADE; DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS events, events_old");
        database.execute(CONVERSION.start().replaceAll("(?m)^VACUUM.*", ""));
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), "tidemark").install();
        }
        database.execute(GATE);
    }

    @Test
    void whoever_watches_the_throttle_is_replaced() throws Exception {
        Rows rows = Rows.of(database, "events");
        try (Intruder gatekeeper = closed();
                Watch watch = new Watch(database, false);
                Facade facade = start(Stage.port(database.server()))) {
            assertThat(watch.awaitTrue(BOTH_WAIT, LIMIT, facade::isRunning)).isTrue();

            assertThat(database.column(END_WHO_WATCHES)).containsExactly("t");
            gatekeeper.commit();

            assertThat(facade.end(LIMIT)).isEmpty();
        }
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    /** Nobody tells the server; what the worker holds must be free all the same. */
    @Test
    void a_worker_that_is_cut_off_without_a_word_keeps_no_slice() throws Exception {
        Rows rows = Rows.of(database, "events");
        try (Intruder gatekeeper = closed();
                Proxy proxy = Proxy.to(Stage.port(database.server()));
                Watch watch = new Watch(database, false);
                Facade facade = start(proxy.port())) {
            assertThat(watch.awaitTrue(BOTH_WAIT, LIMIT, facade::isRunning)).isTrue();
            List<Proxy.Line> lines = proxy.lines();
            assertThat(lines).as("main, throttle, worker").hasSize(3);

            lines.get(2).die();
            gatekeeper.commit();
            assertThat(watch.awaitTrue(SLICE_HELD, LIMIT, facade::isRunning))
                    .as(() -> "it holds a slice, " + database.rows(SESSIONS))
                    .isTrue();
            lines.get(2).clientGivesUp();

            assertThat(facade.end(LIMIT)).isEmpty();
        }
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    private Facade start(int port) {
        return Facade.start(database, port, Optional.empty(), CONVERSION, false);
    }

    private Intruder closed() throws SQLException {
        Intruder gatekeeper = new Intruder(database);
        gatekeeper.execute("SELECT pg_advisory_xact_lock(4711)");
        return gatekeeper;
    }
}
