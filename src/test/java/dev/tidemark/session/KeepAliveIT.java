package dev.tidemark.session;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A session that waits for others is not ended as idle; one that hangs in a transaction is. */
@PostgresTest(needs = {SEVERAL_SESSIONS, SUPERUSER})
class KeepAliveIT {

    @Test
    void an_idle_session_stays_until_it_is_closed(Database database) throws Exception {
        database.execute("ALTER DATABASE " + database.name() + " SET idle_session_timeout = '1s'");
        try (Connection kept = database.connect();
                Connection left = database.connect()) {
            Session session = new Session(kept);
            int backend = Place.of(session).backend();
            int idle = Place.of(new Session(left)).backend();
            try (KeepAlive keepAlive = KeepAlive.of(session)) {
                assertThat(keepAlive).isNotNull();
                Await.until("the server ends idle sessions", Duration.ofSeconds(10), () -> !runs(database, idle));
                Thread.sleep(3000); // three times the limit
                assertThat(Place.of(session).backend()).isEqualTo(backend);
            }
            Await.until("nothing keeps it any more", Duration.ofSeconds(10), () -> !runs(database, backend));
        }
    }

    @Test
    void a_transaction_is_not_kept_alive(Database database) throws Exception {
        database.execute("ALTER DATABASE " + database.name()
                + " SET idle_session_timeout = '600ms'; ALTER DATABASE " + database.name()
                + " SET idle_in_transaction_session_timeout = '1s'");
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            try (KeepAlive keepAlive = KeepAlive.of(session)) {
                assertThat(keepAlive).isNotNull();
                assertThatThrownBy(() -> session.transaction(() -> {
                            session.execute("SELECT 1");
                            pause();
                            session.execute("SELECT 1");
                        }))
                        .isInstanceOf(DatabaseException.class);
            }
        }
    }

    /** Turned off by hand, as Liquibase does between changeSets: a ping would begin a transaction that nobody ends. */
    @Test
    void nothing_is_begun_without_autocommit(Database database) throws Exception {
        database.execute("ALTER DATABASE " + database.name() + " SET idle_session_timeout = '2s'");
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            int backend = Place.of(session).backend();
            try (KeepAlive keepAlive = KeepAlive.of(session)) {
                assertThat(keepAlive).isNotNull();
                session.setAutoCommit(false);
                Thread.sleep(1200); // time for a ping
                assertThat(database.value("SELECT state FROM pg_stat_activity WHERE pid = " + backend))
                        .isEqualTo("idle");
            }
        }
    }

    private static boolean runs(Database database, int backend) {
        return database.number("SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend) > 0;
    }

    private static void pause() {
        try {
            Thread.sleep(2500);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
