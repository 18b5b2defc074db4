package dev.tidemark.testing;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.CRON;
import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.PARTMAN_4;
import static dev.tidemark.testing.Capability.POSTGIS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.STANDBY;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

@PostgresTest
class TestServersIT {

    @Test
    @PostgresTest(needs = {TIMESCALEDB, PARTMAN, POSTGIS})
    void a_database_has_the_extensions_it_needs(Database database) {
        assertThat(database.column("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"))
                .containsExactly("pg_partman", "postgis", "timescaledb");
        assertThat(database.value("SELECT count(*) FROM partman.part_config")).isEqualTo("0");
    }

    @Test
    @PostgresTest(needs = {TIMESCALEDB, PARTMAN, POSTGIS, SEVERAL_SESSIONS})
    void each_test_gets_an_empty_database_of_its_own(Database one, Database two) {
        one.execute("CREATE TABLE t (i int)");

        assertThat(two.name()).isNotEqualTo(one.name());
        assertThat(two.value("SELECT to_regclass('t')")).isNull();
    }

    @Test
    void sessions_are_far_from_utc(Database database) throws SQLException {
        assertThat(database.value("SHOW timezone")).isEqualTo("Asia/Kathmandu");
        try (Connection connection = database.connect()) {
            assertThat(Rows.of(connection, "SELECT current_setting('timezone')"))
                    .isNotNull();
        }
    }

    @Test
    @PostgresTest(needs = CRON)
    void cron_is_loaded(TestServer server) {
        Database.maintenance(server).execute("CREATE EXTENSION IF NOT EXISTS pg_cron");

        assertThat(Database.maintenance(server).value("SELECT count(*) FROM cron.job"))
                .isEqualTo("0");
    }

    @Test
    @PostgresTest(needs = CLIENT_PROGRAMS)
    void psql_stops_at_the_first_error(Database database) {
        assertThat(database.psql("SELECT 1; SELECT 2").succeeded().stdout()).contains("(1 row)");

        Output failed = database.psql("SELECT 1/0; CREATE TABLE t (i int)");

        assertThat(failed.exitCode()).isEqualTo(3);
        assertThat(failed.stderr()).contains("division by zero");
        assertThat(database.value("SELECT to_regclass('t')")).isNull();
    }

    @Test
    @PostgresTest(needs = CLIENT_PROGRAMS)
    void a_dump_can_be_loaded(Database from, Database to) {
        from.execute("CREATE TABLE t AS SELECT i FROM generate_series(1, 10) i");

        to.psql(from.pgDump("--table=t").succeeded().stdout()).succeeded();

        assertThat(to.number("SELECT count(*) FROM t")).isEqualTo(10);
    }

    @Test
    @PostgresTest(needs = CRASH)
    void a_crash_keeps_what_was_committed(Database database) {
        database.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");

        database.server().crash();
        database.server().restart();

        assertThat(database.number("SELECT count(*) FROM t")).isEqualTo(1);
    }

    @Test
    @PostgresTest(needs = STANDBY)
    void a_standby_follows(Database database) {
        try (TestServer standby = database.server().standby()) {
            database.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");
            Database copy = Database.maintenance(standby).named(database.name());
            assertThat(copy.value("SELECT pg_is_in_recovery()")).isEqualTo("t");

            Await.until(
                    "the standby has replayed it",
                    Duration.ofSeconds(30),
                    () -> copy.value("SELECT to_regclass('t')") != null);
            assertThat(copy.number("SELECT count(*) FROM t")).isEqualTo(1);
        }
    }

    @Test
    @PostgresTest(needs = PARTMAN_4)
    void the_older_server_has_the_older_partman(Database database) {
        assertThat(database.value("SELECT extversion FROM pg_extension WHERE extname = 'pg_partman'"))
                .startsWith("4.");
    }

    @Test
    @PostgresTest(needs = COMMUNITY)
    void the_community_edition_answers(Database database) {
        assertThat(database.value("SHOW timescaledb.license")).isEqualTo("timescale");
        database.execute("CREATE TABLE t (ts timestamptz NOT NULL); SELECT create_hypertable('t', 'ts')");
        assertThat(database.value("SELECT add_retention_policy('t', interval '1 day') IS NOT NULL"))
                .isEqualTo("t");

        try (Database next = Database.create(database.server(), EnumSet.of(COMMUNITY))) {
            assertThat(next.value("SELECT to_regclass('t')")).isNull();
            assertThat(next.value("SELECT count(*) FROM timescaledb_information.jobs WHERE hypertable_name = 't'"))
                    .isEqualTo("0");
        }
    }

    @Test
    @PostgresTest(
            needs = {COMMUNITY, SEVERAL_SESSIONS},
            promise = "several sessions on the Community edition")
    void a_native_community_server_has_several_sessions(Database database) {
        assertThat(database.value("SHOW timescaledb.license")).isEqualTo("timescale");
    }
}
