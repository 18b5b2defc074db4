package dev.tidemark.demo;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.POSTGIS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Scenario.Statement;
import dev.tidemark.testing.Tick;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The scenario phase by phase, to its end; and a backup of what it leaves. */
@PostgresTest(
        needs = {TIMESCALEDB, PARTMAN, POSTGIS, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "the phases of a conversion end in tags, and the last one leaves nothing of the old layout")
class PhasesIT {
    private static final Scenario SCENARIO = Scenario.named("partman-to-hypertable");
    private static final int ROWS = 4_000;
    private static final String TAGS = "SELECT tag FROM databasechangelog WHERE tag IS NOT NULL ORDER BY orderexecuted";

    @Test
    @Tick({"1.05", "1.19", "1.26", "1.27"})
    void each_phase_ends_in_a_tag_and_the_last_one_cleans_up(Database database) {
        SCENARIO.load(database, ROWS);
        Rows before = Rows.of(database, "raw_messages");
        var conversion = new Conversion(database, SCENARIO, "adopt", line -> {});

        conversion.prepare().succeeded();
        assertThat(database.column(TAGS)).containsExactly("v1-extensions");
        assertThat(hypertables(database)).isEmpty();

        conversion.convert().succeeded();
        assertThat(database.column(TAGS)).containsExactly("v1-extensions", "v2-convert");
        assertThat(hypertables(database)).containsExactly("fixes", "raw_messages");

        conversion.verify().succeeded();
        assertThat(database.column(TAGS)).containsExactly("v1-extensions", "v2-convert", "v3-verify");
        assertThat(database.value("SELECT obj_description('fixes'::regclass)"))
                .isEqualTo(
                        "Hypertable by received_at, chunks of 1 day. Kept for 30 days; compressed after 7 (Community edition).");
        assertThat(Rows.of(database, "raw_messages")).isEqualTo(before);
        whatToWatch(database);

        Output early = conversion.finish();
        assertThat(early.exitCode()).isNotZero();
        assertThat(early.stderr()).contains("TM403");
        database.execute("UPDATE tidemark.run SET cutover_at = cutover_at - interval '8 days'");
        conversion.finish().succeeded();

        assertThat(database.value("SELECT concat(to_regclass('raw_messages_old'), to_regclass('fixes_old'))"))
                .isEmpty();
        assertThat(Rows.of(database, "raw_messages")).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
        database.execute("DROP EXTENSION pg_partman; DROP SCHEMA partman CASCADE");
        database.execute("INSERT INTO receivers VALUES (gen_random_uuid(), 'last')");
    }

    /** A chunk appears by itself, a window and an orphan can be seen, and so can what retention waits for. */
    private static void whatToWatch(Database database) {
        database.execute(
                "INSERT INTO raw_messages (received_at, receiver_id, raw_message_hash, raw_message)"
                        + " SELECT t, id, '', '' FROM (SELECT id FROM receivers LIMIT 1) AS r, (VALUES (now() - interval '40 days'), (now() + interval '9 days')) AS v (t)");
        List<List<List<String>>> answers = SCENARIO.statements("watch.sql").stream()
                .map(Statement::sql)
                .map(database::rows)
                .toList();

        assertThat(answers.get(0)).as("windows").anyMatch(row -> row.contains("cutover") && row.contains("committed"));
        assertThat(answers.get(1)).as("proofs that do not hold").isEmpty();
        assertThat(answers.get(2)).as("chunks").hasSize(2);
        assertThat(answers.get(2).get(1).get(2))
                .as("up to")
                .isGreaterThan(database.value("SELECT now() + interval '9 days'"));
        assertThat(answers.get(3)).as("orphans").containsExactly(List.of("0"));
        assertThat(answers.get(4)).as("retention").singleElement().asString().contains("raw_messages", "paused");
        database.execute("DELETE FROM raw_messages WHERE raw_message_hash = ''");
    }

    @Test
    @Tick("1.23")
    void a_dump_of_converted_tables_can_be_restored(Database database) {
        SCENARIO.load(database, ROWS);
        var conversion = new Conversion(database, SCENARIO, "adopt", line -> {});
        conversion.prepare().succeeded();
        conversion.convert().succeeded();
        List<Rows> dumped = contents(database);

        String dump = database.pgDump().succeeded().stdout();
        try (Database restored = Database.create(database.server(), Set.of())) {
            restored.execute("CREATE EXTENSION timescaledb");
            restored.psql("SELECT timescaledb_pre_restore();\n" + dump + "\nSELECT public.timescaledb_post_restore();")
                    .succeeded();

            assertThat(contents(restored)).isEqualTo(dumped);
            assertThat(hypertables(restored)).containsExactly("fixes", "raw_messages");
            for (Statement statement : SCENARIO.statements("application.sql")) {
                restored.execute(statement.sql());
            }
            Output dangling = restored.psql("UPDATE receiver_statuses SET raw_message_id = gen_random_uuid()");
            assertThat(dangling.stderr()).contains("receiver_statuses_raw_message_id_fkey");
        }
    }

    private static List<String> hypertables(Database database) {
        return database.rows("SELECT FROM pg_extension WHERE extname = 'timescaledb'")
                        .isEmpty()
                ? List.of()
                : database.column("SELECT hypertable_name FROM timescaledb_information.hypertables ORDER BY 1");
    }

    /** As text: the binary form holds the oids of enum and geography, which are others in another database. */
    private static List<Rows> contents(Database database) {
        return Stream.of("raw_messages", "fixes", "receiver_statuses")
                .map(table -> Rows.of(database, "SELECT r::text AS line FROM " + table + " AS r"))
                .toList();
    }
}
