package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The two functions beside a table: under the names that people know, for whom they were granted to. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "functions beside the table make and drop its partitions")
class FunctionsBesideTableIT {
    private static final String TABLE =
            """
            CREATE TABLE webhook_log (id bigint, "timestamp" timestamp NOT NULL, PRIMARY KEY (id, "timestamp")) PARTITION BY RANGE ("timestamp");
            SELECT tidemark.manage_partitions('webhook_log')""";

    @Test
    @Tick({"4.13", "4.24"})
    void they_say_what_they_did(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(TABLE);

        assertThat(database.rows("SELECT * FROM create_future_webhook_log_partitions(30)"))
                .hasSize(31)
                .allSatisfy(row -> assertThat(row.get(0)).startsWith("public.webhook_log_y"))
                .allSatisfy(row -> assertThat(row.get(3)).isEqualTo("made"));
        assertThat(database.rows("SELECT create_future_webhook_log_partitions(30)"))
                .as("partitions that exist are nothing to complain of")
                .isEmpty();

        database.rows("SELECT * FROM tidemark.make_partitions_for('webhook_log', now() - interval '20 days', now())");
        assertThat(database.rows("SELECT outcome FROM drop_old_webhook_log_partitions(15)"))
                .hasSize(5)
                .containsOnly(List.of("dropped"));
        assertThat(database.rows("SELECT outcome FROM drop_old_webhook_log_partitions(15)"))
                .isEmpty();
    }

    /** What people meet whose partitions somebody else was to make, and what helps. */
    @Test
    @Tick("4.24")
    void no_partition_for_a_row_of_now_and_none_for_one_of_the_past(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(TABLE);

        assertThatThrownBy(() -> database.execute("INSERT INTO webhook_log VALUES (1, now())"))
                .hasMessageContaining("no partition of relation \"webhook_log\" found for row");
        database.rows("SELECT create_future_webhook_log_partitions(30)");
        database.execute(
                "INSERT INTO webhook_log VALUES (1, now() AT TIME ZONE 'UTC'), (2, now() AT TIME ZONE 'UTC' + interval '30 days')");

        assertThatThrownBy(() -> database.execute("INSERT INTO webhook_log VALUES (3, now() - interval '40 days')"))
                .hasMessageContaining("no partition of relation \"webhook_log\" found for row");
        assertThat(
                        database.rows(
                                "SELECT outcome FROM tidemark.make_partitions_for('webhook_log', now() - interval '40 days', now() - interval '40 days')"))
                .containsExactly(List.of("made"));
        database.execute("INSERT INTO webhook_log VALUES (3, now() AT TIME ZONE 'UTC' - interval '40 days')");
    }

    @Test
    void only_for_whom_they_were_granted_to(Database database) throws Exception {
        ManagedTable.installJournal(database);
        String owner = "owner_" + database.name();
        String job = "job_" + database.name();
        database.execute("CREATE ROLE " + owner + "; CREATE ROLE " + job + "; GRANT CREATE ON SCHEMA public TO " + owner
                + "; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO " + job);
        try {
            database.execute(
                    "CREATE TABLE webhook_log (id bigint, at timestamptz) PARTITION BY RANGE (at); ALTER TABLE webhook_log OWNER TO "
                            + owner
                            + "; SELECT tidemark.manage_partitions('webhook_log', retention_mode => 'detach', retention_grace => '1 day')");
            String call = "SET ROLE " + job + "; SELECT * FROM create_future_webhook_log_partitions(3)";
            assertThatThrownBy(() -> database.execute(call))
                    .hasMessageContaining("permission denied for function create_future_webhook_log_partitions");

            database.execute(
                    "GRANT EXECUTE ON FUNCTION create_future_webhook_log_partitions, drop_old_webhook_log_partitions TO "
                            + job);
            database.execute(call);
            assertThat(
                            database.column(
                                    "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname LIKE 'webhook_log_y%'"))
                    .as("they work by the rights of the table's owner")
                    .containsExactly(owner);
            database.rows(
                    "SELECT * FROM tidemark.make_partitions_for('webhook_log', now() - interval '5 days', now())");
            database.execute("SET ROLE " + job + "; SELECT * FROM drop_old_webhook_log_partitions(3)");
            assertThat(database.number("SELECT count(*) FROM tidemark.detached_partition"))
                    .isEqualTo(2);
            assertThatThrownBy(() -> database.execute("SET ROLE " + job + "; SELECT * FROM tidemark.make_partitions()"))
                    .hasMessageContaining("permission denied for schema tidemark");
            // What others drop by is nothing that an owner could write somebody else's table into.
            database.execute("CREATE TABLE precious ()");
            assertThatThrownBy(
                            () -> database.execute(
                                    "SET ROLE " + owner
                                            + "; INSERT INTO tidemark.detached_partition VALUES ('precious', 'webhook_log', '', '', '2000-01-01', '2000-01-01')"))
                    .hasMessageContaining("violates row-level security policy");
            database.execute("SET ROLE " + owner + "; SELECT * FROM tidemark.make_partitions('webhook_log')");
        } finally {
            database.execute("DROP OWNED BY " + owner + ", " + job
                    + " CASCADE; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM " + job + "; DROP ROLE "
                    + owner + "; DROP ROLE " + job);
        }
    }

    @Test
    void a_table_that_has_gone_or_was_renamed(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(TABLE);
        database.execute("ALTER TABLE webhook_log RENAME TO hooks");
        assertThat(database.rows("SELECT part FROM create_future_webhook_log_partitions(0)"))
                .singleElement()
                .satisfies(row -> assertThat(row.get(0)).startsWith("public.hooks_y"));

        database.execute("DROP TABLE hooks");
        assertThatThrownBy(() -> database.execute("SELECT create_future_webhook_log_partitions(0)"))
                .hasMessageContaining(
                        "the table that public.create_future_webhook_log_partitions(integer) was made for is gone")
                .hasMessageContaining("forget_partitions(");
        database.rows("SELECT tidemark.forget_partitions(relation) FROM tidemark.partition_set");
        assertThat(database.number("SELECT count(*) FROM pg_proc WHERE proname LIKE '%webhook_log%'"))
                .isZero();
    }

    @Test
    void names_that_are_taken_too_long_or_hostile(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(
                "CREATE FUNCTION create_future_webhook_log_partitions(n int) RETURNS text LANGUAGE sql AS 'SELECT ''theirs'''");
        database.execute(TABLE);
        assertThat(database.value("SELECT create_future_webhook_log_partitions(1)"))
                .isEqualTo("theirs");
        assertThat(database.rows("SELECT * FROM create_future_webhook_log_2_partitions(1)"))
                .hasSize(2);

        String hostile = "We\"ird $x$ 'q' %I";
        for (String name : List.of("x".repeat(60) + "a", "x".repeat(60) + "b", hostile)) {
            String quoted = '"' + name.replace("\"", "\"\"") + '"';
            database.execute("CREATE TABLE " + quoted + " (at date) PARTITION BY RANGE (at)");
            database.execute("SELECT tidemark.manage_partitions('" + quoted.replace("'", "''") + "')");
        }
        assertThat(database.rows("SELECT * FROM create_future_" + "x".repeat(38) + "_partitions(0)"))
                .hasSize(1);
        assertThat(database.rows("SELECT * FROM create_future_" + "x".repeat(36) + "_2_partitions(0)"))
                .hasSize(1);
        assertThat(database.rows("SELECT * FROM \"create_future_" + hostile.replace("\"", "\"\"") + "_partitions\"(0)"))
                .hasSize(1);

        database.rows("SELECT tidemark.forget_partitions('webhook_log')");
        assertThat(database.value("SELECT create_future_webhook_log_partitions(1)"))
                .isEqualTo("theirs");
    }

    @Test
    void senseless_numbers(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(TABLE);

        assertThatThrownBy(() -> database.rows("SELECT create_future_webhook_log_partitions(-1)"))
                .hasMessageContaining("days_ahead is -1; 0 or more are possible");
        assertThatThrownBy(() -> database.rows("SELECT create_future_webhook_log_partitions(100000)"))
                .hasMessageContaining("more than 10000 partitions of 1 day would be needed");
        assertThatThrownBy(() -> database.rows("SELECT drop_old_webhook_log_partitions(0)"))
                .hasMessageContaining("retention_days is 0; 1 or more are possible");
        assertThatThrownBy(() -> database.rows("SELECT drop_old_webhook_log_partitions(NULL)"))
                .hasMessageContaining("retention_days is NULL; 1 or more are possible");
    }
}
