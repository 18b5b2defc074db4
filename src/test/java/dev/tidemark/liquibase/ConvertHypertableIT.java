package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hypertable becomes one with other chunks, native partitions, or a plain table: there, back, printed. */
@PostgresTest(needs = {TIMESCALEDB, SEVERAL_SESSIONS, CLIENT_PROGRAMS})
class ConvertHypertableIT {
    private static final String NAME = "tableName=\"Öfen %s; &quot;$tidemark$\"";
    private static final String TIMED = NAME + " timeColumn=\"Zeit &quot;1\"";
    private static final String WEEKS = "<tidemark:convertToHypertable " + TIMED
            + " chunkInterval=\"7 days\" strategy=\"copy\" foreignKeys=\"drop\" workers=\"2\"/>";
    private static final String MONTHS =
            "<tidemark:convertToPartitions " + TIMED + " interval=\"1 month\" premake=\"2\" workers=\"2\"/>";
    private static final String PLAIN = "<tidemark:convertToPlainTable " + NAME + " workers=\"2\"/>";

    /** Forty chunks of a day and 4,001 rows, with what a definition can have, under names that must be quoted. */
    private static final String HYPERTABLE =
            """
            CREATE TABLE kinds (kind int PRIMARY KEY);
            INSERT INTO kinds SELECT i FROM generate_series(0, 6) AS i;
            CREATE TABLE "Öfen %s; ""$tidemark$" (id bigint GENERATED ALWAYS AS IDENTITY, gone int, "Zeit ""1" timestamptz NOT NULL, v int CHECK (v >= 0),
                kind int CONSTRAINT "kind $1" REFERENCES kinds, note text, twice int GENERATED ALWAYS AS (v * 2) STORED,
                CONSTRAINT "key ""x" PRIMARY KEY (id, "Zeit ""1"));
            ALTER TABLE "Öfen %s; ""$tidemark$" DROP COLUMN gone;
            SELECT create_hypertable('"Öfen %s; ""$tidemark$"', by_range('Zeit "1', interval '1 day'));
            CREATE INDEX "v %I" ON "Öfen %s; ""$tidemark$" (v) WHERE v > 10;
            CREATE STATISTICS "stat %L" ON v, kind FROM "Öfen %s; ""$tidemark$";
            COMMENT ON TABLE "Öfen %s; ""$tidemark$" IS 'what ovens said, 100 %s';
            INSERT INTO "Öfen %s; ""$tidemark$" ("Zeit ""1", v, kind, note)
            SELECT '2026-09-20 00:00+00'::timestamptz + i * interval '14 minutes', i, i % 7, 'n' || i FROM generate_series(0, 4000) AS i;
            CREATE TABLE alarms (id bigint, at timestamptz, CONSTRAINT alarm FOREIGN KEY (id, at) REFERENCES "Öfen %s; ""$tidemark$" (id, "Zeit ""1"));
            INSERT INTO alarms SELECT id, "Zeit ""1" FROM "Öfen %s; ""$tidemark$" LIMIT 3;
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := upper(NEW.note); RETURN NEW; END';
            CREATE TRIGGER "shout %s" BEFORE INSERT ON "Öfen %s; ""$tidemark$" FOR EACH ROW EXECUTE FUNCTION note();
            CREATE VIEW hot AS SELECT * FROM "Öfen %s; ""$tidemark$" WHERE v > 3990;
            """;

    private static final String TABLE = "\"Öfen %s; \"\"$tidemark$\"";

    private static final String DEFINITION =
            """
            SELECT c.relname || ' ' || c.relkind::text || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '') || ' ' || coalesce(obj_description(c.oid), '')
                   || ' ' || (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || a.attidentity::text || a.attgenerated::text, ', ' ORDER BY a.attnum)
                                FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                   || ' ' || coalesce((SELECT string_agg(pg_get_indexdef(i.indexrelid), '; ' ORDER BY i.indexrelid::regclass::text) FROM pg_index AS i WHERE i.indrelid = c.oid), '')
                   || ' ' || coalesce((SELECT string_agg(o.conname || ' ' || pg_get_constraintdef(o.oid), '; ' ORDER BY o.conname) FROM pg_constraint AS o WHERE o.conrelid = c.oid AND o.conparentid = 0), '')
                   || ' ' || coalesce((SELECT string_agg(pg_get_triggerdef(t.oid), '; ' ORDER BY t.tgname) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal), '')
                   || ' ' || coalesce((SELECT string_agg(pg_get_statisticsobjdef(s.oid), '; ' ORDER BY 1) FROM pg_statistic_ext AS s WHERE s.stxrelid = c.oid), '')
                   || ' ' || coalesce((SELECT string_agg(concat_ws(' ', d.dimension_number, d.column_name, d.time_interval, d.integer_interval, d.num_partitions), ', ' ORDER BY d.dimension_number)
                                FROM timescaledb_information.dimensions AS d WHERE d.hypertable_schema = 'public' AND d.hypertable_name = c.relname), '')
                   || ' ' || (SELECT count(*) FROM timescaledb_information.chunks AS k WHERE k.hypertable_schema = 'public' AND k.hypertable_name = c.relname)
              FROM pg_class AS c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'databasechangelog%'
             ORDER BY c.relname""";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {WEEKS, MONTHS, PLAIN})
    void a_hypertable_is_converted_and_is_itself_again(String change, Database database) throws Exception {
        database.execute(HYPERTABLE);
        Rows before = Rows.of(database, TABLE);
        String definition = withoutChunks(database);
        String changelog = new Changelogs(directory).xml(change);

        liquibase(database, "update", Map.of("changelogFile", changelog));

        assertThat(Rows.of(database, TABLE)).isEqualTo(before);
        assertThat(shape(database))
                .isEqualTo(change.equals(WEEKS) ? "r 7 days 6 chunks" : change.equals(MONTHS) ? "p" : "r");
        assertThat(database.number("SELECT count(*) FROM hot")).isEqualTo(10);
        database.execute(
                "INSERT INTO " + TABLE
                        + " (\"Zeit \"\"1\", v, kind, note) VALUES ('2026-09-21 00:00:01+00', 1, 1, 'late'), (now(), 2, 2, 'now')");
        database.execute("DELETE FROM " + TABLE + " WHERE v = 99");
        database.execute("UPDATE " + TABLE + " SET note = 'other' WHERE v = 98");
        Rows after = Rows.of(database, TABLE);

        liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));

        assertThat(Rows.of(database, TABLE)).isEqualTo(after);
        assertThat(withoutChunks(database)).isEqualTo(definition);
        assertThat(database.column("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'tidemark%'"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {WEEKS, MONTHS, PLAIN})
    void printed_sql_ends_in_the_same_table(String change, Database database) throws Exception {
        database.execute(HYPERTABLE);
        String changelog = new Changelogs(directory).xml(change);
        try (Database other = database.copied()) {
            String there = liquibase(database, "updateSql", Map.of("changelogFile", changelog));
            Output ran = other.psql(there);
            assertThat(ran.exitCode()).as(ran.stderr()).isZero();
            liquibase(database, "update", Map.of("changelogFile", changelog));
            assertThat(other.column(DEFINITION)).isEqualTo(database.column(DEFINITION));
            assertThat(Rows.of(other, TABLE)).isEqualTo(Rows.of(database, TABLE));

            String back = liquibase(other, "rollbackCountSql", Map.of("changelogFile", changelog, "count", 1));
            Output undone = other.psql(back);
            assertThat(undone.exitCode()).as(undone.stderr()).isZero();
            liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));
            assertThat(other.column(DEFINITION)).isEqualTo(database.column(DEFINITION));
            assertThat(Rows.of(other, TABLE)).isEqualTo(Rows.of(database, TABLE));
        }
    }

    @Test
    void the_same_width_is_nothing_to_do(Database database) throws Exception {
        database.execute(HYPERTABLE);
        for (String interval : new String[] {"", " chunkInterval=\"24 hours\""}) {
            String changelog = new Changelogs(directory)
                    .xml("<tidemark:convertToHypertable " + TIMED + interval + " strategy=\"copy\"/>");
            assertThatThrownBy(() -> liquibase(database, "update", Map.of("changelogFile", changelog)))
                    .hasStackTraceContaining("TM102")
                    .hasStackTraceContaining("is a hypertable already, by \"Zeit \"\"1\" in chunks of 1 day");
        }
    }

    /** A row that came since the cutover may have a chunk of its own. */
    private static String withoutChunks(Database database) {
        return database.column(DEFINITION).toString().replaceAll(" \\d+(?=[,\\]])", "");
    }

    private static String shape(Database database) {
        return database.value(
                """
                SELECT concat_ws(' ', c.relkind, d.time_interval, nullif((SELECT count(*) FROM timescaledb_information.chunks AS k WHERE k.hypertable_name = c.relname), 0) || ' chunks')
                  FROM pg_class AS c LEFT JOIN timescaledb_information.dimensions AS d ON d.hypertable_name = c.relname
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'Öfen %s; "$tidemark$'""");
    }

    private String liquibase(Database database, String command, Map<String, Object> arguments) throws Exception {
        return InProcess.liquibase(directory, database, command, arguments);
    }
}
