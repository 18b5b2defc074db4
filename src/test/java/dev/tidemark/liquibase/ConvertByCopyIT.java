package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions and plain tables by Liquibase: there, back, printed, and planned without a changelog. */
@PostgresTest(needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS})
class ConvertByCopyIT {
    private static final String TO_PARTITIONS =
            "<tidemark:convertToPartitions strategy=\"copy\" tableName=\"Readings\" timeColumn=\"ts\" interval=\"1 month\" timeZone=\"Europe/Berlin\""
                    + " premake=\"2\" workers=\"3\"/>";
    private static final String TO_PLAIN = "<tidemark:convertToPlainTable tableName=\"Readings\"/>";

    /** A plain table over three months, with what a definition can have. */
    private static final String PLAIN =
            """
            CREATE TABLE "Readings" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ts timestamptz NOT NULL, v int CHECK (v >= 0), note text);
            INSERT INTO "Readings" (ts, v, note)
            SELECT '2026-01-15 00:00+00'::timestamptz + i * interval '1 hour', i, 'n' || i FROM generate_series(0, 1999) AS i;
            CREATE INDEX readings_v ON "Readings" (v) WHERE v > 10;
            COMMENT ON TABLE "Readings" IS 'what sensors said';
            """;

    private static final String PARTITIONED =
            """
            CREATE TABLE "Readings" (id bigint NOT NULL, ts timestamptz NOT NULL, v int CHECK (v >= 0), note text, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
            CREATE TABLE readings_1 PARTITION OF "Readings" FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-02-01 00:00+00');
            CREATE TABLE readings_2 PARTITION OF "Readings" FOR VALUES FROM ('2026-02-01 00:00+00') TO ('2026-05-01 00:00+00');
            INSERT INTO "Readings"
            SELECT i, '2026-01-15 00:00+00'::timestamptz + i * interval '1 hour', i, 'n' || i FROM generate_series(0, 1999) AS i;
            CREATE INDEX readings_v ON "Readings" (v) WHERE v > 10;
            CREATE TABLE alarms (ts timestamptz, id bigint, FOREIGN KEY (ts, id) REFERENCES "Readings" (ts, id));
            INSERT INTO alarms SELECT ts, id FROM "Readings" LIMIT 3;
            """;

    private static final String DEFINITION =
            """
            SELECT c.relname || ' ' || c.relkind::text || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '') || ' ' || coalesce(obj_description(c.oid), '')
                   || ' ' || (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || a.attidentity::text, ', ' ORDER BY a.attnum)
                                FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                   || ' ' || coalesce((SELECT string_agg(pg_get_indexdef(i.indexrelid), '; ' ORDER BY i.indexrelid::regclass::text) FROM pg_index AS i WHERE i.indrelid = c.oid), '')
                   || ' ' || coalesce((SELECT string_agg(o.conname || ' ' || pg_get_constraintdef(o.oid), '; ' ORDER BY o.conname) FROM pg_constraint AS o WHERE o.conrelid = c.oid), '')
              FROM pg_class AS c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'databasechangelog%'
             ORDER BY c.relname""";

    @TempDir
    Path directory;

    @Test
    void a_plain_table_becomes_partitions_and_is_itself_again(Database database) throws Exception {
        database.execute(PLAIN);
        String before = rows(database);
        String changelog = new Changelogs(directory).xml(TO_PARTITIONS);

        liquibase(database, "update", Map.of("changelogFile", changelog));

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = '\"Readings\"'::regclass"))
                .isEqualTo("p");
        assertThat(database.column(
                        "SELECT relid::text FROM pg_partition_tree('\"Readings\"') WHERE isleaf ORDER BY 1 LIMIT 3"))
                .containsExactly("\"Readings_y2026m01\"", "\"Readings_y2026m02\"", "\"Readings_y2026m03\"");
        assertThat(database.value(
                        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'Readings_y2026m02'"))
                .as("February begins at Berlin's midnight, shown in Kathmandu")
                .startsWith("FOR VALUES FROM ('2026-02-01 04:45:00+05:45')");
        assertThat(rows(database)).isEqualTo(before);

        database.execute("INSERT INTO \"Readings\" (ts, v) VALUES ('2026-03-01 12:00+00', 7)");
        liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = '\"Readings\"'::regclass"))
                .isEqualTo("r");
        assertThat(database.number("SELECT count(*) FROM \"Readings\"")).isEqualTo(2001);
    }

    @Test
    void partitions_become_a_plain_table_by_the_column_they_went_by(Database database) throws Exception {
        database.execute(PARTITIONED);
        String before = rows(database);
        String changelog = new Changelogs(directory).xml(TO_PLAIN);

        liquibase(database, "update", Map.of("changelogFile", changelog));

        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = '\"Readings\"'::regclass"))
                .isEqualTo("r");
        assertThat(rows(database)).isEqualTo(before);
        assertThat(
                        database.value(
                                "SELECT confrelid::regclass || ' ' || convalidated FROM pg_constraint WHERE conrelid = 'alarms'::regclass"))
                .isEqualTo("\"Readings\" true");
        // Finished, but unknown to Liquibase: nothing is done a second time.
        database.execute("DELETE FROM databasechangelog");
        liquibase(database, "update", Map.of("changelogFile", changelog));
        assertThat(database.number("SELECT count(*) FROM tidemark.run")).isEqualTo(1);

        liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));
        assertThat(database.number("SELECT count(*) FROM pg_partition_tree('\"Readings\"') WHERE isleaf"))
                .isEqualTo(2);
        assertThat(rows(database)).isEqualTo(before);
        assertThat(
                        database.value(
                                "SELECT confrelid::regclass || ' ' || convalidated FROM pg_constraint WHERE conrelid = 'alarms'::regclass AND conparentid = 0"))
                .isEqualTo("\"Readings\" true");
    }

    @Test
    void printed_sql_ends_in_the_same_partitions(Database database) throws Exception {
        database.execute(PLAIN);
        printedAndRunAreTheSame(database, TO_PARTITIONS);
    }

    /** What stays, what shows it, and what guards the key. */
    @Test
    void printed_sql_leaves_the_same_rest(Database database) throws Exception {
        database.execute(
                PLAIN
                        + "INSERT INTO \"Readings\" (ts, v, note) SELECT now() - i * interval '1 day', i, 'r' || i FROM generate_series(0, 99) AS i");
        String change = TO_PARTITIONS.replace("workers", "copySince=\"1 month\" keyGuard=\"true\" workers");
        printedAndRunAreTheSame(
                database,
                change,
                "SELECT (SELECT count(*) FROM \"Readings_all\") || ' ' || (SELECT count(*) FROM \"Readings\") || ' ' || (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tidemark_key%')");
    }

    @Test
    void printed_sql_ends_in_the_same_history_partition(Database database) throws Exception {
        database.execute(PLAIN);
        printedAndRunAreTheSame(database, TO_PARTITIONS.replace("copy", "attach"));
    }

    @Test
    void printed_sql_ends_in_the_same_plain_table(Database database) throws Exception {
        database.execute(PARTITIONED);
        printedAndRunAreTheSame(database, TO_PLAIN);
    }

    private void printedAndRunAreTheSame(Database database, String change) throws Exception {
        printedAndRunAreTheSame(database, change, "SELECT 1");
    }

    private void printedAndRunAreTheSame(Database database, String change, String further) throws Exception {
        String changelog = new Changelogs(directory).xml(change);
        try (Database other = database.copied()) {
            String there = liquibase(database, "updateSql", Map.of("changelogFile", changelog));
            Output ran = other.psql(there);
            assertThat(ran.exitCode()).as(ran.stderr()).isZero();

            liquibase(database, "update", Map.of("changelogFile", changelog));
            assertThat(other.column(DEFINITION)).isEqualTo(database.column(DEFINITION));
            assertThat(rows(other)).isEqualTo(rows(database));
            assertThat(other.value(further)).isEqualTo(database.value(further));

            String back = liquibase(other, "rollbackCountSql", Map.of("changelogFile", changelog, "count", 1));
            Output undone = other.psql(back);
            assertThat(undone.exitCode()).as(undone.stderr()).isZero();
            liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));
            assertThat(other.column(DEFINITION)).isEqualTo(database.column(DEFINITION));
            assertThat(rows(other)).isEqualTo(rows(database));
        }
    }

    @Test
    void a_plan_needs_no_changelog(Database database) throws Exception {
        database.execute(PLAIN);

        assertThat(plan(
                        database,
                        Map.of("to", "partitions", "timeColumn", "ts", "interval", "1 month", "workers", "4")))
                .startsWith("GO: ")
                .contains("convertToPartitions of \"public\".\"Readings\", strategy attach.");
        assertThatThrownBy(
                        () -> plan(database, Map.of("to", "partitions", "timeColumn", "ts", "chunkInterval", "1 day")))
                .hasStackTraceContaining("--chunk-interval does not go with --to=partitions");
        assertThatThrownBy(() -> plan(database, Map.of("to", "heap")))
                .hasStackTraceContaining(
                        "--to=heap cannot be used: allowed are hypertable, partitions, plain, drainDefault, splitHistory.");
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();
    }

    private String plan(Database database, Map<String, Object> arguments) throws Exception {
        Map<String, Object> all = new HashMap<>(arguments);
        all.put("table", "Readings");
        return liquibase(database, "tidemark plan", all);
    }

    private static String rows(Database database) {
        return database.value(
                "SELECT count(*) || ' ' || sum(hashtext(concat_ws(',', id, ts AT TIME ZONE 'UTC', v, note))::bigint) FROM \"Readings\"");
    }

    private String liquibase(Database database, String command, Map<String, Object> arguments) throws Exception {
        return InProcess.liquibase(directory, database, command, arguments);
    }
}
