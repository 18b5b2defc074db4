package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import org.junit.jupiter.api.Test;

/** A database is dumped and restored elsewhere: its partitions go on looking after themselves. */
@PostgresTest(
        needs = {SUPERUSER, CLIENT_PROGRAMS},
        promise = "settings, functions and grants survive a dump")
class DumpedTablesIT {
    @Test
    void everything_is_there_again(Database database, Database other) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 5).withDays(9).filled(9);
        String job = "job_" + database.name();
        database.execute("CREATE ROLE " + job);
        try {
            database.execute(
                    "UPDATE tidemark.partition_set SET retention = '7 days', retention_mode = 'detach', retention_grace = '2 days'");
            assertThat(table.outcomes()).containsExactly("detached", "detached");
            database.execute(
                    "GRANT EXECUTE ON FUNCTION create_future_log_partitions TO " + job
                            + "; INSERT INTO tidemark.hold (relation, name, reason) VALUES ('log', 'legal', 'case 17');"
                            + " CREATE TABLE gone (at date) PARTITION BY RANGE (at); SELECT tidemark.manage_partitions('gone'); DROP TABLE gone");

            other.psql("SET client_min_messages = error;\n"
                            + database.pgDump().succeeded().stdout())
                    .succeeded();

            for (String setting : new String[] {"partition_set", "hold", "detached_partition", "installation"}) {
                String rows = "SELECT t::text FROM tidemark." + setting + " t ORDER BY 1";
                assertThat(other.column(rows)).isEqualTo(database.column(rows));
            }
            other.execute("SET ROLE " + job + "; SELECT create_future_log_partitions(8)");
            assertThat(other.column("SELECT outcome FROM drop_old_log_partitions(5)"))
                    .hasSize(2)
                    .containsOnly("held: legal (case 17)");
            assertThat(other.column("SELECT verdict FROM tidemark.partition_health WHERE relation = 'log'::regclass"))
                    .containsExactly("green");
            other.execute(
                    "DELETE FROM tidemark.hold; UPDATE tidemark.detached_partition SET detached_at = detached_at - interval '3 days'");
            assertThat(other.column("SELECT outcome FROM tidemark.apply_partition_retention()"))
                    .containsExactly("dropped", "dropped");
        } finally {
            database.execute("DROP OWNED BY " + job);
            other.execute("DROP OWNED BY " + job);
            database.execute("DROP ROLE " + job);
        }
    }
}
