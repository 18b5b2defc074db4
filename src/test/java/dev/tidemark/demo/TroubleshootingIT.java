package dev.tidemark.demo;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Tick;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list of errors that the seed's guide has, in its order: what happens here instead, or what is said with the remedy. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "every error of the seed's troubleshooting list does not occur, or has a remedy that works")
@Tick("4.24")
class TroubleshootingIT {
    private static final Scenario SCENARIO = Scenario.named("heap-to-daily-partitions");
    private static final String FUNCTIONS = "SELECT proname FROM pg_proc WHERE proname LIKE '%webhook_log%' ORDER BY 1";

    private static Conversion loaded(Database database) {
        SCENARIO.load(database, 500);
        return new Conversion(database, SCENARIO, "attach", line -> {});
    }

    private static Conversion converted(Database database) {
        Conversion conversion = loaded(database);
        conversion.prepare().succeeded();
        conversion.convert().succeeded();
        return conversion;
    }

    private static Output maintain(Database database) {
        return new Launch(LiquibaseVersion.V4_33_0, database, SCENARIO.directory()).run("tidemark", "maintain");
    }

    /** "Table webhook_log_old already exists": what an attempt by hand has left is no obstacle, and is not touched, there and back. */
    @Test
    void the_old_name_is_taken(Database database) {
        Conversion conversion = loaded(database);
        database.execute("CREATE TABLE webhook_log_old AS SELECT 'theirs' AS whose");

        assertThat(conversion.plan()).startsWith("GO").contains("TM109", "webhook_log_old2");
        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThat(database.value("SELECT whose FROM webhook_log_old")).isEqualTo("theirs");
        assertThat(database.number("SELECT count(*) FROM webhook_log")).isEqualTo(500);
        conversion.rollBack().succeeded();
        assertThat(database.value("SELECT whose FROM webhook_log_old")).isEqualTo("theirs");
        assertThat(database.value("SELECT to_regclass('webhook_log_old2')")).isNull();
    }

    /** "Cannot create partition for past date": it can be made for any date, by the database's clock and nobody else's. */
    @Test
    void a_partition_of_the_past(Database database) {
        Conversion conversion = converted(database);
        conversion.verify().succeeded();
        database.execute("UPDATE tidemark.run SET cutover_at = cutover_at - interval '8 days'");
        conversion.finish().succeeded();
        database.execute("CREATE TABLE audit (at timestamptz NOT NULL) PARTITION BY RANGE (at);"
                + " SELECT tidemark.manage_partitions('audit')");

        assertThat(
                        database.column(
                                "SELECT outcome FROM tidemark.make_partitions_for('audit', now() - interval '400 days', now() - interval '398 days')"))
                .hasSize(3)
                .containsOnly("made");
        database.execute("INSERT INTO audit VALUES (now() - interval '399 days')");
        assertThat(database.number("SELECT count(*) FROM create_future_audit_partitions(30)"))
                .as("from the past up to today, and 30 ahead")
                .isGreaterThanOrEqualTo(31);
        database.execute("INSERT INTO audit VALUES (now())");
    }

    /** "Function create_future_webhook_log_partitions does not exist": jobs that come too early, or stay too long, do no harm. */
    @Test
    void the_functions_are_not_there_yet_or_no_more(Database database) {
        Conversion conversion = loaded(database);
        assertThatThrownBy(() -> database.rows("SELECT * FROM create_future_webhook_log_partitions(30)"))
                .hasMessageContaining("function create_future_webhook_log_partitions(integer) does not exist");
        assertThat(maintain(database).exitCode()).as("the job before").isZero();

        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThat(database.column(FUNCTIONS))
                .containsExactly("create_future_webhook_log_partitions", "drop_old_webhook_log_partitions");
        assertThat(maintain(database).exitCode()).isZero();
        // Somebody drops one: what made them makes them again.
        database.execute("DROP FUNCTION create_future_webhook_log_partitions");
        database.execute("SELECT tidemark.manage_partitions('webhook_log', time_zone => 'UTC', width => '1 day')");
        assertThat(database.column(FUNCTIONS)).hasSize(2);

        conversion.rollBack().succeeded();
        assertThat(database.column(FUNCTIONS)).isEmpty();
        assertThat(maintain(database).exitCode()).as("the job afterwards").isZero();
    }

    /** "Partition already exists": neither an error nor a warning, nor is another table of that name one. */
    @Test
    void the_partition_is_there_already(Database database) {
        converted(database);
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(20)"))
                .isEmpty();
        String tomorrow = database.value(
                "SELECT part FROM create_future_webhook_log_partitions(60) ORDER BY lower_bound DESC LIMIT 1");
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(60)"))
                .isEmpty();

        database.execute("ALTER TABLE webhook_log DETACH PARTITION " + tomorrow);
        assertThat(database.column("SELECT part FROM create_future_webhook_log_partitions(60)"))
                .as("a table that only has the name is left alone")
                .containsExactly(tomorrow + "_2");
    }

    /** "Column 'id' is not part of primary key": the plan says beforehand who takes id for the key; by id everything else works. */
    @Test
    void the_model_still_has_the_old_key(Database database) {
        Conversion conversion = loaded(database);
        database.execute(
                """
                CREATE FUNCTION log_again(which integer) RETURNS void LANGUAGE sql AS $$
                  INSERT INTO webhook_log (id, endpoint_id, event, status) VALUES (which, 1, 'again', 200) ON CONFLICT (id) DO NOTHING
                $$""");
        assertThat(conversion.plan()).contains("TM128", "TM129", "log_again", "ON CONFLICT (\"id\", \"timestamp\")");

        conversion.prepare().succeeded();
        conversion.convert().succeeded();

        assertThatThrownBy(() -> database.rows("SELECT log_again(1)"))
                .hasMessageContaining("no unique or exclusion constraint matching the ON CONFLICT specification");
        database.execute(
                "CREATE OR REPLACE FUNCTION log_again(which integer) RETURNS void LANGUAGE sql AS $$"
                        + " INSERT INTO webhook_log (id, endpoint_id, event, status) VALUES (which, 1, 'again', 200) ON CONFLICT (id, \"timestamp\") DO NOTHING $$;"
                        + " SELECT log_again(1); UPDATE webhook_log SET status = 500 WHERE id = 2; DELETE FROM webhook_log WHERE id = 3");
        assertThat(database.number("SELECT count(*) FROM webhook_log WHERE id = 2 AND status = 500 OR id = 3"))
                .isEqualTo(1);
    }

    /** "No partition exists for value": health has said so before, and one call makes them. */
    @Test
    void there_is_no_partition_for_a_row(Database database) {
        Conversion conversion = converted(database);
        conversion.verify().succeeded();
        List<String> ahead = database.column(
                "SELECT c.oid::regclass::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'webhook_log'::regclass ORDER BY c.relname DESC LIMIT 20");
        ahead.forEach(partition -> database.execute("DROP TABLE " + partition));
        String late =
                "INSERT INTO webhook_log (endpoint_id, event, status, \"timestamp\") VALUES (1, 'late', 200, (now() AT TIME ZONE 'UTC') + interval '29 days')";

        assertThatThrownBy(() -> database.execute(late))
                .hasMessageContaining("no partition of relation \"webhook_log\" found for row");
        assertThat(database.column("SELECT DISTINCT outcome FROM create_future_webhook_log_partitions(30)"))
                .containsExactly("made");
        database.execute(late);
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isNotEqualTo("red");
    }
}
