package dev.tidemark.demo;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Scenario.Statement;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The scenario {@code heap-to-daily-partitions} on PostgreSQL without any extension: there, on, and back, by both strategies. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "a plain table becomes daily partitions, which look after themselves, and comes back as it was")
class HeapScenarioIT {
    private static final Scenario SCENARIO = Scenario.named("heap-to-daily-partitions");
    private static final int ROWS = 20_000;
    private static final String TAGS = "SELECT tag FROM databasechangelog WHERE tag IS NOT NULL ORDER BY orderexecuted";
    private static final String KIND = "SELECT relkind FROM pg_class WHERE oid = 'webhook_log'::regclass";
    private static final String WITHIN_15_DAYS =
            " WHERE \"timestamp\" >= date_trunc('day', now() AT TIME ZONE 'UTC' - interval '15 days')";

    @Test
    @Tick({
        "4.03", "4.05", "4.08", "4.09", "4.10", "4.11", "4.13", "4.14", "4.15", "4.16", "4.17", "4.19", "4.26", "4.28"
    })
    void the_table_of_the_seed_becomes_partitions_and_comes_back(Database database) throws SQLException {
        SCENARIO.load(database, ROWS);
        List<Rows> before = contents(database);
        String dump = dump(database);
        String node = database.value("SELECT pg_relation_filenode('webhook_log')");
        var progress = new ArrayList<String>();
        var conversion = new Conversion(database, SCENARIO, "attach", progress::add);

        assertThat(conversion.plan()).startsWith("GO").contains("no row is read");
        assertThat(database.value("SELECT concat(to_regclass('databasechangelog'), to_regnamespace('tidemark'))"))
                .as("what a plan leaves")
                .doesNotContain("tidemark");
        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThat(progress).anyMatch(l -> l.matches(" +\\[\\d+/\\d+\\] cutover: window of .*"));
        assertThat(database.value("SELECT pg_relation_filenode('webhook_log_old')"))
                .isEqualTo(node);
        assertThat(contents(database)).isEqualTo(before);
        assertThat(partitions(database).get(0)).isEqualTo("webhook_log_old");
        assertThat(partitions(database)).hasSizeGreaterThanOrEqualTo(28);
        assertThat(partitions(database).subList(1, partitions(database).size()))
                .allMatch(p -> p.matches("webhook_log_y\\d{4}m\\d\\dd\\d\\d"));
        conversion.verify().succeeded();
        assertThat(database.column(TAGS)).containsExactly("v1-before", "v2-convert", "v3-verify");
        functionsBesideTheTable(database);
        whatToWatch(database);
        applicationGoesOn(database);
        List<Rows> written = contents(database);

        conversion.rollBack().succeeded();

        assertThat(contents(database)).isEqualTo(written);
        assertThat(dump(database)).isEqualTo(dump);
        assertThat(database.value("SELECT pg_relation_filenode('webhook_log')")).isEqualTo(node);
        assertThat(database.number(
                        "INSERT INTO webhook_log (endpoint_id, event, status) VALUES (1, 'next', 200) RETURNING id"))
                .isGreaterThan(ROWS);
    }

    /** Those that are there are nothing to complain of; more and fewer can be had by hand. */
    private static void functionsBesideTheTable(Database database) {
        int there = partitions(database).size();
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(30)"))
                .isEmpty();
        assertThat(database.column("SELECT outcome FROM create_future_webhook_log_partitions(60)"))
                .isNotEmpty()
                .containsOnly("made");
        int more = partitions(database).size();
        assertThat(partitions(database).get(more - 1))
                .isEqualTo(
                        database.value(
                                "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '60 days', '\"webhook_log_y\"YYYY\"m\"MM\"d\"DD')"));
        assertThat(more).isGreaterThan(there);
        assertThat(database.column("SELECT outcome FROM drop_old_webhook_log_partitions(15)"))
                .as("nothing goes while there is a way back")
                .allMatch(outcome -> outcome.equals("paused"));
        assertThat(partitions(database)).hasSize(more);
        database.execute(
                "UPDATE tidemark.partition_set SET retention = '30 days' WHERE relation = 'webhook_log'::regclass");
        assertThat(
                        database.value(
                                "SELECT next_drop_at - newest_before FROM tidemark.partition_health,"
                                        + " (SELECT upper_bound::timestamp AT TIME ZONE 'UTC' AS newest_before FROM tidemark.partitions_of('webhook_log') ORDER BY low LIMIT 1) AS history"))
                .isEqualTo("30 days");
    }

    private static void whatToWatch(Database database) {
        List<List<List<String>>> answers = SCENARIO.statements("watch.sql").stream()
                .map(Statement::sql)
                .map(database::rows)
                .toList();

        assertThat(answers).hasSize(7);
        assertThat(answers.get(0).get(0).get(0)).as("health").isNotEqualTo("red");
        assertThat(Integer.parseInt(answers.get(1).get(0).get(0)))
                .as("partitions")
                .isEqualTo(partitions(database).size());
        assertThat(answers.get(2)).as("sizes").hasSizeGreaterThan(28);
        assertThat(answers.get(3).get(0).get(0)).as("oldest").isEqualTo("webhook_log_old");
        assertThat(answers.get(5)).as("windows").anyMatch(row -> row.contains("cutover") && row.contains("committed"));
        assertThat(answers.get(6)).as("proofs that do not hold").isEmpty();
    }

    @Test
    @Tick({"4.12", "4.14", "4.16", "4.27"})
    void only_the_last_days_are_copied_and_the_rest_is_not_lost(Database database) throws SQLException {
        SCENARIO.load(database, ROWS);
        Rows before = Rows.of(database, "webhook_log");
        long recent = database.number("SELECT count(*) FROM webhook_log" + WITHIN_15_DAYS);
        String dump = dump(database);
        var conversion = new Conversion(database, SCENARIO, "copy", line -> {});

        conversion.prepare().succeeded();
        conversion.convert().succeeded();
        conversion.verify().succeeded();

        assertThat(database.number("SELECT count(*) FROM webhook_log"))
                .isEqualTo(recent)
                .isLessThan(ROWS);
        assertThat(Rows.of(database, "webhook_log_all")).isEqualTo(before);
        assertThat(partitions(database)).as("one for what is older besides").hasSize(1 + 15 + 1 + 30);
        applicationGoesOn(database);
        Rows written = Rows.of(database, "webhook_log_all");
        database.execute("UPDATE tidemark.run SET cutover_at = cutover_at - interval '8 days'");
        Output finish = conversion.finish();
        assertThat(finish.exitCode()).isNotZero();
        assertThat(finish.stderr()).contains("webhook_log_old", "dropRest");

        // An endpoint has gone, and took its rows along among those that were left behind, too.
        assertThat(database.number("SELECT count(*) FROM webhook_log_all WHERE endpoint_id = 200"))
                .isZero();
        conversion.rollBack().succeeded();

        assertThat(Rows.of(database, "webhook_log")).isEqualTo(written);
        assertThat(dump(database)).isEqualTo(dump);
    }

    @Test
    @Tick({"4.06", "4.18", "4.19", "4.24", "4.25"})
    void the_jobs_before_it_and_after_it(Database database) {
        SCENARIO.load(database, 2_000);
        var conversion = new Conversion(database, SCENARIO, "attach", line -> {});
        Output early = maintain(database);
        assertThat(early.exitCode()).as(early.stderr()).isZero();
        conversion.prepare().succeeded();
        conversion.convert().succeeded();
        conversion.verify().succeeded();
        Output refused = conversion.finish();
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.stderr()).contains("TM403");
        database.execute("UPDATE tidemark.run SET cutover_at = cutover_at - interval '8 days'");
        conversion.finish().succeeded();

        assertThat(database.value(KIND)).isEqualTo("p");
        assertThat(database.column("SELECT outcome FROM drop_old_webhook_log_partitions(15)"))
                .as("the history partition holds rows of today")
                .isEmpty();
        // The job that makes partitions has not run for long, and runs again.
        List<String> last = partitions(database);
        database.execute("DROP TABLE " + last.get(9) + ", " + last.get(10));
        maintain(database).succeeded();
        assertThat(partitions(database)).isEqualTo(last);
        maintain(database).succeeded();
        assertThat(partitions(database)).isEqualTo(last);
    }

    /** What a first attempt by hand left behind is no obstacle, and nothing of it is touched. */
    @Test
    @Tick("4.24")
    void a_table_has_the_name_of_the_retired_one_already(Database database) {
        SCENARIO.load(database, 2_000);
        database.execute("CREATE TABLE webhook_log_old AS SELECT * FROM webhook_log LIMIT 7");
        var conversion = new Conversion(database, SCENARIO, "attach", line -> {});

        assertThat(conversion.plan()).startsWith("GO").contains("webhook_log_old2");
        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThat(database.number("SELECT count(*) FROM webhook_log_old")).isEqualTo(7);
        assertThat(partitions(database).get(0)).isEqualTo("webhook_log_old2");
        assertThat(database.number("SELECT count(*) FROM webhook_log")).isEqualTo(2_000);
    }

    /** The model of the application still says that {@code id} is the key: the plan names who says so. */
    @Test
    @Tick({"4.03", "4.24"})
    void somebody_still_takes_the_old_key_for_the_key(Database database) {
        SCENARIO.load(database, 2_000);
        database.execute(
                """
                CREATE FUNCTION log_again(which integer) RETURNS void LANGUAGE sql AS $$
                  INSERT INTO webhook_log (id, endpoint_id, event, status) VALUES (which, 1, 'again', 200) ON CONFLICT (id) DO NOTHING
                $$""");

        assertThat(new Conversion(database, SCENARIO, "attach", line -> {}).plan())
                .contains("log_again", "ON CONFLICT");
    }

    /** The other side of the comparison must run too; its way back takes with it what was written since. */
    @Test
    void the_seeds_own_way_runs_and_its_way_back_loses_rows(Database database) throws SQLException {
        SCENARIO.load(database, ROWS);
        long recent = database.number(
                "SELECT count(*) FROM webhook_log WHERE \"timestamp\" >= now() AT TIME ZONE 'UTC' - interval '15 days'");

        database.execute(SCENARIO.file("by-hand.sql"));

        assertThat(database.number("SELECT count(*) FROM webhook_log")).isBetween(recent - 5, recent);
        assertThat(partitions(database)).hasSize(15 + 1 + 30);
        applicationGoesOn(database);
        database.execute(SCENARIO.file("by-hand-back.sql"));
        assertThat(database.number("SELECT count(*) FROM webhook_log WHERE id > " + ROWS))
                .as("rows that the application has written since")
                .isZero();
    }

    @Test
    void the_yaml_does_the_same(Database database) {
        SCENARIO.load(database, 2_000);

        new Launch(LiquibaseVersion.V4_33_0, database, SCENARIO.directory())
                .run("update", "--changelog-file=v2-attach.yaml")
                .succeeded();

        assertThat(partitions(database).get(0)).isEqualTo("webhook_log_old");
        assertThat(database.value("SELECT retention FROM tidemark.partition_set"))
                .isEqualTo("15 days");
        assertThat(database.column(TAGS)).containsExactly("v2-convert");
    }

    private static Output maintain(Database database) {
        return new Launch(LiquibaseVersion.V4_33_0, database, SCENARIO.directory()).run("tidemark", "maintain");
    }

    private static void applicationGoesOn(Database database) throws SQLException {
        for (Statement statement : SCENARIO.statements("application.sql")) {
            try (Connection connection = database.connect();
                    var update = connection.createStatement()) {
                assertThat(update.executeUpdate(statement.sql()))
                        .as(statement.title())
                        .isPositive();
            }
        }
    }

    /** By their bounds. */
    private static List<String> partitions(Database database) {
        return database.column(
                """
                SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                 WHERE i.inhparent = 'webhook_log'::regclass
                 ORDER BY pg_get_expr(c.relpartbound, c.oid) !~ 'MINVALUE', substring(pg_get_expr(c.relpartbound, c.oid) FROM '''(.*?)''')""");
    }

    private static List<Rows> contents(Database database) {
        return List.of(Rows.of(database, "webhook_log"), Rows.of(database, "endpoints"));
    }

    /** Everything but our journal and Liquibase's; without the line that differs from dump to dump. */
    private static String dump(Database database) {
        return database.pgDump("--schema-only", "--exclude-schema=tidemark", "--exclude-table=databasechangelog*")
                .succeeded()
                .stdout()
                .replaceAll("(?m)^\\\\(un)?restrict .*\\n", "");
    }
}
