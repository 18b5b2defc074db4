package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void too_old() {
        wish.version = 130012;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM200 The server runs PostgreSQL 17.5; the oldest that works is 14. Upgrade the server.");
    }

    @Test
    void standby() {
        wish.standby = true;
        assertThat(wish.findings())
                .containsExactly("NO TM201 This server is a standby (in recovery) and cannot be changed. Connect to the"
                        + " primary, for example with targetServerType=primary in the URL.");
    }

    @Test
    void timescaledb_not_installed() {
        wish.timescaledb = null;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM203 TimescaleDB is not installed in database \"shop\"; the server has version 2.29.2"
                                + " ready. CREATE EXTENSION timescaledb;");
        wish.preloaded = false;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM204 TimescaleDB 2.29.2 is on this server, but not preloaded, and it does not work"
                                + " without that. Add it to the list that SHOW shared_preload_libraries; prints: ALTER SYSTEM SET"
                                + " shared_preload_libraries = '…', 'timescaledb'; restart the server; CREATE EXTENSION timescaledb; in"
                                + " database \"shop\".");
        wish.available = null;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM202 TimescaleDB is not available on this server: its files are not there. Install the"
                                + " package for PostgreSQL 17 on the server, add timescaledb to shared_preload_libraries, restart, and"
                                + " CREATE EXTENSION timescaledb; in database \"shop\".");
    }

    @Test
    void attach_not_here() {
        wish.strategy = Strategy.ATTACH;
        wish.timescaledb = Wish.APACHE;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM205 strategy=\"attach\" needs attach_chunk, which the Apache edition of TimescaleDB does"
                                + " not have. Use strategy=\"adopt\" (a superuser, TimescaleDB 2.19.3 or 2.29.2), or a server with the"
                                + " Community edition (timescaledb.license = 'timescale').");
        wish.timescaledb = new TimescaleDb("2.20.0", "public", TimescaleDb.Edition.COMMUNITY);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM206 strategy=\"attach\" needs attach_chunk, which came with TimescaleDB 2.21.0; here is"
                                + " 2.20.0. ALTER EXTENSION timescaledb UPDATE; in a fresh session, after installing a later package.");
    }

    @Test
    void early_attach() {
        wish.timescaledb = new TimescaleDb("2.23.0", "public", TimescaleDb.Edition.COMMUNITY);
        assertThat(wish.findings())
                .containsExactly(
                        "note TM207 TimescaleDB 2.23.0: DROP COLUMN and DROP CONSTRAINT on the hypertable do not reach"
                                + " attached chunks before 2.29.1. Update TimescaleDB first, or drop columns and constraints chunk by"
                                + " chunk until you do.");
    }

    @Test
    void adopt_version() {
        wish.strategy = Strategy.ADOPT;
        wish.superuser = true;
        wish.timescaledb = new TimescaleDb("2.23.0", "public", TimescaleDb.Edition.COMMUNITY);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM208 strategy=\"adopt\" writes TimescaleDB's catalog and is proved for 2.19.3 and 2.29.2"
                                + " only; here is 2.23.0. Use strategy=\"attach\".");
    }

    @Test
    void adopt_needs_a_superuser() {
        wish.strategy = Strategy.ADOPT;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM233 strategy=\"adopt\" writes TimescaleDB's catalog, which only a superuser may; \"app\""
                                + " is none. Convert as a superuser, or use strategy=\"attach\" on the Community edition.");
    }

    @Test
    void not_the_owner() {
        wish.table.owner = "boss";
        wish.table.heap.owner = "boss";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM230 \"public\".\"m\" belongs to \"boss\", and \"app\" is not a member of that role; only"
                                + " the owner can change how a table is stored. Connect as \"boss\", or GRANT \"boss\" TO \"app\";");
        wish.superuser = true;
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void no_schema_for_the_journal() {
        wish.createOnDatabase = false;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM231 \"app\" may not create schemas in database \"shop\", and the journal needs schema"
                                + " \"tidemark\". GRANT CREATE ON DATABASE \"shop\" TO \"app\";");
        wish.mayCreateIn.put("tidemark", true);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM231 There is a schema \"tidemark\" in this database, but it is not Tidemark's journal,"
                                + " which is made anew with its schema. DROP SCHEMA \"tidemark\"; if nothing needs it, or name another"
                                + " schema for the journal.");
        wish.taken.add(new TableName("tidemark", "installation"));
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void no_create_in_the_schema() {
        wish.mayCreateIn.put("public", false);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM232 \"app\" may not create tables in schema \"public\", where the hypertable will be."
                                + " GRANT CREATE ON SCHEMA \"public\" TO \"app\";");
    }

    @Test
    void no_rights_on_pg_partmans_configuration() {
        MissingRight write = new MissingRight("TABLE \"partman\".\"part_config\"", List.of("INSERT", "DELETE"));
        wish.partmanMissing = List.of(write);
        assertThat(wish.findings()).isEmpty();

        Wish partitioned = Wish.daily(2);
        partitioned.partmanMissing = List.of(write);
        assertThat(partitioned.findings()).isEmpty();
        partitioned.partmanMissing = List.of(new MissingRight("SCHEMA \"partman\"", List.of("USAGE")));
        assertThat(partitioned.findings())
                .containsExactly("NO TM234 \"app\" lacks USAGE on SCHEMA \"partman\", so it cannot be told whether"
                        + " pg_partman manages \"public\".\"m\". GRANT USAGE ON SCHEMA \"partman\" TO \"app\";");
    }

    @Test
    void no_rights_on_the_journal() {
        wish.taken.add(new TableName("tidemark", "installation"));
        wish.journalMissing = List.of(new MissingRight("SCHEMA \"tidemark\"", List.of("USAGE", "CREATE")));
        assertThat(wish.findings())
                .containsExactly("NO TM234 \"app\" lacks USAGE, CREATE on SCHEMA \"tidemark\", where what is done is"
                        + " written down. GRANT USAGE, CREATE ON SCHEMA \"tidemark\" TO \"app\";");
    }
}
