package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing goes of which it is not certain that it may. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "retention lets nothing go that may_drop does not clearly allow")
class RetentionVetoIT {
    /** Whoever archives puts a predicate of his own in place of may_drop. */
    private static final String PREDICATE =
            "CREATE OR REPLACE FUNCTION tidemark.may_drop(relation regclass, upper_bound timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN %s; END $$";

    private static ManagedTable table(Database database, String settings) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 3).withDays(9).filled(9);
        table.make();
        database.execute("UPDATE tidemark.partition_set SET retention = '8 days'" + settings);
        return table;
    }

    @ParameterizedTest
    @CsvSource({
        "RETURN NULL, held: may_drop does not allow it",
        "RETURN false, held: may_drop does not allow it",
        "RAISE EXCEPTION 'archive not reached', held: may_drop has failed: archive not reached"
    })
    void an_answer_that_is_no_clear_yes(String body, String outcome, Database database) throws Exception {
        ManagedTable table =
                table(database, ", retention_mode = 'move', retention_schema = 'attic'; CREATE SCHEMA attic");
        database.execute(PREDICATE.formatted(body));

        assertThat(table.outcomes()).containsExactly(outcome);
        assertThat(table.rows()).isEqualTo(10);
        assertThat(table.verdict()).as("it is seen all the same").isEqualTo("green");
    }

    @Test
    void no_predicate_at_all(Database database) throws Exception {
        ManagedTable table = table(database, "");
        database.execute("DROP FUNCTION tidemark.may_drop");

        assertThat(table.outcomes())
                .singleElement()
                .asString()
                .startsWith("held: may_drop has failed: function may_drop");
        assertThat(table.rows()).isEqualTo(10);
    }

    @Test
    @PostgresTest(needs = TIMESCALEDB)
    void of_chunks_neither(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(
                """
                CREATE TABLE metrics (at timestamptz NOT NULL);
                SELECT create_hypertable('metrics', 'at', chunk_time_interval => interval '1 day');
                INSERT INTO metrics SELECT now() - d * interval '1 day' FROM generate_series(0, 9) d;
                INSERT INTO tidemark.retention_policy (relation, drop_after, paused) VALUES ('metrics', '7 days', false)""");
        for (String body : List.of("RETURN NULL", "RETURN false", "RAISE EXCEPTION 'archive not reached'")) {
            database.execute(PREDICATE.formatted(body));
            assertThat(database.column("SELECT outcome FROM tidemark.apply_retention()"))
                    .isNotEmpty()
                    .allMatch(outcome -> outcome.startsWith("held: may_drop "));
        }
        assertThat(database.number("SELECT count(*) FROM metrics")).isEqualTo(10);
        database.execute(PREDICATE.formatted("RETURN true"));
        assertThat(database.column("SELECT outcome FROM tidemark.apply_retention()"))
                .containsOnly("dropped");
    }

    /** So it would be with a retention that somebody has set to what no calendar holds. */
    @Test
    void one_table_that_fails_does_not_keep_the_others(Database database) throws Exception {
        ManagedTable table = table(database, "");
        database.execute(
                """
                CREATE TABLE broken (at timestamptz NOT NULL) PARTITION BY RANGE (at);
                SELECT tidemark.manage_partitions('broken');
                SELECT tidemark.make_partitions('broken');
                UPDATE tidemark.partition_set SET retention = '250000 years' WHERE relation = 'broken'::regclass""");

        assertThat(table.letGo())
                .containsExactlyInAnyOrder(
                        java.util.Arrays.asList(null, "failed: timestamp out of range"),
                        List.of(
                                database.value(
                                        "SELECT 'public.log_y' || to_char((now() AT TIME ZONE 'UTC') - interval '9 days', 'YYYY\"m\"MM\"d\"DD')"),
                                "dropped"));
        assertThat(database.rows("SELECT relation, verdict FROM tidemark.partition_health"))
                .containsExactly(List.of("broken", "red"), List.of("log", "green"));
        assertThat(database.value("SELECT reason FROM tidemark.partition_health WHERE relation = 'broken'::regclass"))
                .isEqualTo("how it is cannot be told: timestamp out of range");
    }

    @Test
    void a_retention_that_would_let_go_what_is_used(Database database) throws Exception {
        ManagedTable table = table(database, "");
        for (String keep : List.of("-3 days", "0 days")) {
            assertThatThrownBy(() -> database.rows("SELECT tidemark.apply_partition_retention(keep => '" + keep + "')"))
                    .hasMessageContaining("it must be longer than zero");
        }
        assertThat(table.rows()).isEqualTo(10);
    }

    /** A name of 63 bytes in letters of two bytes leaves no room for a number, and a numbered one can be taken on either side. */
    @Test
    void moved_names_make_room_by_bytes_and_on_both_sides(Database database) throws Exception {
        ManagedTable table =
                table(database, ", retention_mode = 'move', retention_schema = 'attic'; CREATE SCHEMA attic");
        String longest = "ä".repeat(31) + "x";
        String numbered = "ä".repeat(30) + "_2";
        String oldest = database.value("SELECT part FROM tidemark.partitions_of('log') LIMIT 1");
        database.execute("ALTER TABLE " + oldest + " RENAME TO " + longest + "; CREATE TABLE attic." + longest
                + " (); CREATE TABLE public." + numbered + " ()");
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET statement_timeout = '20s'");
            try (var result = statement.executeQuery("SELECT outcome FROM tidemark.apply_partition_retention()")) {
                assertThat(result.next()).isTrue();
                assertThat(result.getString(1)).isEqualTo("moved to attic.\"" + "ä".repeat(30) + "_3\"");
            }
        }
        assertThat(table.rows()).isEqualTo(9);
    }
}
