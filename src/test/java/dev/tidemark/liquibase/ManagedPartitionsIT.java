package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a conversion to partitions leaves behind so that they look after themselves, and what becomes of that on the way back, at finalize, and onwards. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "converted partitions look after themselves")
class ManagedPartitionsIT {
    private static final String FUNCTIONS =
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE '%webhook_log%' ORDER BY 1";
    private static final String FINALIZE =
            "<tidemark:finalizeConversion tableName=\"webhook_log\" confirm=\"webhook_log\" minimumAge=\"1 us\"/>";
    private static final List<String> BOTH =
            List.of("create_future_webhook_log_partitions", "drop_old_webhook_log_partitions");

    @TempDir
    Path directory;

    private static String convert(String attributes) {
        return "<tidemark:convertToPartitions tableName=\"webhook_log\" timeColumn=\"timestamp\" premake=\"5\" "
                + attributes + "/>";
    }

    /** Rows of the last twenty days, one an hour. */
    private static void create(Database database) {
        database.execute(
                """
                CREATE TABLE webhook_log (id bigserial PRIMARY KEY, "timestamp" timestamp NOT NULL, body jsonb) WITH (fillfactor = 90);
                INSERT INTO webhook_log ("timestamp", body) SELECT now() AT TIME ZONE 'UTC' - i * interval '1 hour', '{}' FROM generate_series(0, 479) i""");
    }

    @ParameterizedTest
    @ValueSource(strings = {"attach", "copy"})
    void there_and_back(String strategy, Database database) throws Exception {
        create(database);
        String changelog =
                new Changelogs(directory).xml(convert("strategy=\"" + strategy + "\" retention=\"15 days\""));

        liquibase(database, "update", Map.of("changelogFile", changelog));

        assertThat(database.column(FUNCTIONS)).isEqualTo(BOTH);
        assertThat(
                        database.rows(
                                "SELECT relation, width, premake, retention, retention_mode, retention_paused, options FROM tidemark.partition_set"))
                .containsExactly(List.of("webhook_log", "1 day", "5", "15 days", "drop", "t", "{fillfactor=90}"));
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isEqualTo("green");
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(10)"))
                .isNotEmpty();
        assertThat(database.column(
                        "SELECT DISTINCT reloptions::text FROM pg_class WHERE relispartition AND relkind = 'r'"))
                .as("all alike, and autovacuum comes to each")
                .containsExactly("{fillfactor=90}");
        assertThat(database.column("SELECT DISTINCT outcome FROM drop_old_webhook_log_partitions(5)"))
                .as("nothing goes while there is a way back")
                .isSubsetOf("paused");

        liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));

        assertThat(database.column(FUNCTIONS)).isEmpty();
        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isZero();
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'webhook_log'::regclass"))
                .isEqualTo("r");
        assertThat(database.number("SELECT count(*) FROM webhook_log")).isEqualTo(480);
    }

    @Test
    void retention_begins_at_finalize(Database database) throws Exception {
        create(database);
        Changelogs changelogs = new Changelogs(directory);
        liquibase(
                database,
                "update",
                Map.of("changelogFile", changelogs.xml(convert("strategy=\"copy\" retention=\"15 days\""))));
        assertThat(liquibase(database, "tidemark maintain", Map.of()))
                .contains(" paused")
                .doesNotContain(" dropped");

        database.execute("DELETE FROM databasechangelog");
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(FINALIZE)));

        assertThat(liquibase(database, "tidemark maintain", Map.of("table", "webhook_log")))
                .hasLineCount(5)
                .contains("public.webhook_log_y", " dropped");
        assertThat(
                        database.number(
                                "SELECT count(*) FROM webhook_log WHERE \"timestamp\" < now() AT TIME ZONE 'UTC' - interval '16 days'"))
                .isZero();
        assertThat(liquibase(database, "tidemark maintain", Map.of())).isEqualTo("Nothing is due.\n");
        assertThat(liquibase(database, "tidemark health", Map.of("table", "webhook_log")))
                .startsWith("green: webhook_log: partitions up to ");

        database.execute(
                "DO $$ DECLARE p record; BEGIN FOR p IN SELECT part FROM tidemark.partitions_of('webhook_log') ORDER BY low DESC LIMIT 4 LOOP EXECUTE format('DROP TABLE %s', p.part); END LOOP; END $$");
        assertThatThrownBy(() -> liquibase(database, "tidemark health", Map.of()))
                .hasMessageContaining("Partitions are missing: webhook_log.");
        assertThat(liquibase(database, "tidemark maintain", Map.of()))
                .hasLineCount(4)
                .contains(" made");
        assertThat(liquibase(database, "tidemark health", Map.of())).startsWith("green: ");
    }

    /** The new set takes the functions over, with their grants; the old one rests and gets them back. */
    @Test
    void partitions_of_another_width(Database database) throws Exception {
        create(database);
        Changelogs changelogs = new Changelogs(directory);
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(convert("strategy=\"copy\""))));
        database.execute("DELETE FROM databasechangelog");
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(FINALIZE)));
        database.execute("CREATE ROLE job_" + database.name());
        try {
            database.execute(
                    "GRANT EXECUTE ON FUNCTION create_future_webhook_log_partitions TO job_" + database.name());
            database.execute("DELETE FROM databasechangelog");
            String wider = changelogs.xml(
                    convert("strategy=\"copy\" interval=\"7 days\" retention=\"30 days\" retiredName=\"daily\""));
            liquibase(database, "update", Map.of("changelogFile", wider));

            assertThat(database.rows(
                            "SELECT relation, width, suspended FROM tidemark.partition_set ORDER BY suspended"))
                    .containsExactly(List.of("webhook_log", "7 days", "f"), List.of("daily", "1 day", "t"));
            assertThat(database.column(FUNCTIONS)).isEqualTo(BOTH);
            database.execute(
                    "SET ROLE job_" + database.name() + "; SELECT * FROM create_future_webhook_log_partitions(100)");
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM tidemark.partitions_of('daily') WHERE high > extract(epoch FROM now()) + 86400 * 20"))
                    .isZero();

            liquibase(database, "rollbackCount", Map.of("changelogFile", wider, "count", 1));

            assertThat(database.rows("SELECT relation, width, suspended FROM tidemark.partition_set"))
                    .containsExactly(List.of("webhook_log", "1 day", "f"));
            database.execute(
                    "SET ROLE job_" + database.name() + "; SELECT * FROM create_future_webhook_log_partitions(20)");
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM tidemark.partitions_of('webhook_log') WHERE high > extract(epoch FROM now()) + 86400 * 19"))
                    .isPositive();
        } finally {
            database.execute("DROP OWNED BY job_" + database.name() + "; DROP ROLE job_" + database.name());
        }
    }

    @Test
    void a_plain_table_again(Database database) throws Exception {
        create(database);
        Changelogs changelogs = new Changelogs(directory);
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(convert("strategy=\"copy\""))));
        database.execute("DELETE FROM databasechangelog");
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(FINALIZE)));
        database.execute("DELETE FROM databasechangelog");
        String plain = changelogs.xml("<tidemark:convertToPlainTable tableName=\"webhook_log\"/>");
        liquibase(database, "update", Map.of("changelogFile", plain));

        assertThatThrownBy(() -> database.execute("SELECT create_future_webhook_log_partitions(1)"))
                .hasMessageContaining("has been replaced by a conversion and is called public.webhook_log_old now");
        assertThat(liquibase(database, "tidemark maintain", Map.of())).isEqualTo("Nothing is due.\n");
        assertThat(liquibase(database, "tidemark health", Map.of()))
                .isEqualTo("Tidemark manages no partitions here.\n");
        database.execute("DELETE FROM databasechangelog");
        liquibase(database, "update", Map.of("changelogFile", changelogs.xml(FINALIZE)));

        assertThat(database.column(FUNCTIONS)).isEmpty();
        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isZero();
    }

    @Test
    void nobody_manages_what_nobody_shall(Database database) throws Exception {
        create(database);
        liquibase(
                database,
                "update",
                Map.of(
                        "changelogFile",
                        new Changelogs(directory).xml(convert("strategy=\"copy\" managedBy=\"none\""))));

        assertThat(database.column(FUNCTIONS)).isEmpty();
        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isZero();
    }

    /** psql on a server that has never seen Tidemark. */
    @ParameterizedTest
    @ValueSource(strings = {"attach", "copy"})
    void printed(String strategy, Database database) throws Exception {
        create(database);
        String changelog =
                new Changelogs(directory).xml(convert("strategy=\"" + strategy + "\" retention=\"15 days\""));
        String script = liquibase(database, "updateSql", Map.of("changelogFile", changelog));

        assertThat(database.psql(script).succeeded().stderr()).doesNotContain("ERROR");

        assertThat(database.column(FUNCTIONS)).isEqualTo(BOTH);
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isEqualTo("green");
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(10)"))
                .isNotEmpty();
        assertThat(database.number("SELECT count(*) FROM webhook_log")).isEqualTo(480);
    }

    private String liquibase(Database database, String command, Map<String, Object> arguments) throws Exception {
        return InProcess.liquibase(directory, database, command, new HashMap<>(arguments));
    }
}
