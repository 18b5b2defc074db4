package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Ledger;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversion that waits for its cutover, which somebody else says later: by command, by change, by psql. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "a conversion waits for its cutover and loses nothing meanwhile")
class ManualCutoverIT {
    private static final String CONVERT = "<tidemark:convertToPlainTable tableName=\"readings\" cutover=\"manual\"/>";
    static final String CUT_OVER = "<tidemark:cutoverConversion tableName=\"readings\"/>";
    static final String READINGS =
            """
            CREATE TABLE readings (id bigint NOT NULL, ts timestamptz NOT NULL, v bigint, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
            CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-02-01 00:00+00');
            CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM ('2026-02-01 00:00+00') TO ('2026-05-01 00:00+00');
            INSERT INTO readings SELECT -i, '2026-01-15 00:00+00'::timestamptz + i * interval '1 hour', i FROM generate_series(1, 2000) AS i;
            """;
    private static final String WRITTEN = "SELECT id::text, v::text FROM readings WHERE id >= 0";
    static final String HASH =
            "SELECT count(*) || ' ' || sum(hashtext(concat_ws(',', id, ts AT TIME ZONE 'UTC', v))::bigint) FROM readings";

    @TempDir
    Path directory;

    @Test
    void the_command_goes_on_where_the_conversion_waits(Database database) throws Exception {
        database.execute(READINGS);
        String changelog = new Changelogs(directory).xml(CONVERT);
        try (OpenLoopWriter writer = OpenLoopWriter.start(database, 50, 4, ManualCutoverIT::write)) {
            assertThatThrownBy(() -> cutover(database))
                    .hasStackTraceContaining("No conversion of \"public\".\"readings\" waits for its cutover");

            liquibase(database, "update", Map.of("changelogFile", changelog));

            assertThat(state(database)).isEqualTo("WAITING_FOR_CUTOVER");
            assertThat(kind(database)).isEqualTo("p");
            assertThat(liquibase(database, "tidemark status", Map.of()))
                    .contains(": waiting for cutover, ", ", at cutover, ", "log of changes of \"public\".\"readings\" ")
                    .contains(
                            "Run liquibase tidemark cutover --table=readings, or apply a cutoverConversion, to go on");
            // Once more, unknown to Liquibase and known: nothing but to say so.
            database.execute("DELETE FROM databasechangelog");
            liquibase(database, "update", Map.of("changelogFile", changelog));
            assertThat(database.number("SELECT count(*) FROM databasechangelog"))
                    .isEqualTo(1);
            liquibase(database, "update", Map.of("changelogFile", changelog));
            assertThat(database.number("SELECT count(*) FROM tidemark.run")).isEqualTo(1);
            assertThat(state(database)).isEqualTo("WAITING_FOR_CUTOVER");

            Await.until("changes are recorded", Duration.ofSeconds(30), () -> recorded(database) >= 100);
            assertThat(liquibase(database, "tidemark cutover", Map.of("table", "readings", "catchUpOnly", true)))
                    .contains("\"public\".\"readings\": waiting for cutover after ");
            assertThat(recorded(database)).isLessThan(100);
            assertThat(state(database)).isEqualTo("WAITING_FOR_CUTOVER");

            assertThat(cutover(database)).contains("\"public\".\"readings\": done in ");

            assertThat(kind(database)).isEqualTo("r");
            assertThat(database.number(
                            "SELECT count(*) FROM tidemark.slice AS s JOIN tidemark.step AS p ON p.run = s.run AND p.ordinal = s.step JOIN tidemark.run AS r ON r.id = s.run"
                                    + " WHERE p.id = 'prove' AND s.finished_at < r.ready_at"))
                    .as("what was proved before it waited")
                    .isZero();
            assertThat(cutover(database)).contains("already done");

            liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 1));

            assertThat(kind(database)).isEqualTo("p");
            equal(writer.stop(), database);
        }
    }

    @Test
    void the_change_goes_on_where_the_conversion_waits_and_each_is_rolled_back(Database database) throws Exception {
        database.execute(READINGS);
        String changelog = new Changelogs(directory).each(CONVERT, CUT_OVER);
        Map<String, Object> all = Map.of("changelogFile", changelog);
        Map<String, Object> one = Map.of("changelogFile", changelog, "count", 1);
        try (OpenLoopWriter writer = OpenLoopWriter.start(database, 50, 4, ManualCutoverIT::write)) {
            liquibase(database, "updateCount", one);
            assertThat(state(database)).isEqualTo("WAITING_FOR_CUTOVER");
            liquibase(database, "update", all);
            assertThat(state(database)).isEqualTo("DONE");
            assertThat(kind(database)).isEqualTo("r");

            liquibase(database, "rollbackCount", one);
            assertThat(kind(database)).isEqualTo("p");
            assertThat(state(database)).isEqualTo("UNDOING");
            assertThatThrownBy(() -> liquibase(database, "update", all))
                    .hasStackTraceContaining("is being taken back")
                    .hasStackTraceContaining("roll back its changeSet too");
            liquibase(database, "rollbackCount", one);
            assertThat(state(database)).isEqualTo("UNDONE");

            // Both at once, and both back at once.
            liquibase(database, "update", all);
            assertThat(kind(database)).isEqualTo("r");
            liquibase(database, "rollbackCount", Map.of("changelogFile", changelog, "count", 2));
            assertThat(kind(database)).isEqualTo("p");
            equal(writer.stop(), database);
        }
    }

    @Test
    void while_it_waits_everything_can_be_taken_back(Database database) throws Exception {
        database.execute(READINGS);
        String changelog = new Changelogs(directory).xml(CONVERT);
        for (String command : new String[] {"rollbackCount", "tidemark abort"}) {
            liquibase(database, "update", Map.of("changelogFile", changelog));
            database.execute("INSERT INTO readings SELECT count(*), '2026-03-01', 1 FROM readings");
            String before = database.value(HASH);

            liquibase(
                    database,
                    command,
                    command.endsWith("abort")
                            ? Map.of("table", "readings")
                            : Map.of("changelogFile", changelog, "count", 1));

            assertThat(state(database)).isEqualTo("UNDONE");
            assertThat(database.value(HASH)).isEqualTo(before);
            assertThat(
                            database.column(
                                    "SELECT relname FROM pg_class WHERE relname LIKE 'capture\\_%' OR relname = 'readings_new'"))
                    .isEmpty();
        }
    }

    @Test
    void printed_sql_comes_in_two_parts_there_and_back(Database database) throws Exception {
        database.execute(READINGS);
        String changelog = new Changelogs(directory).each(CONVERT, CUT_OVER);
        Map<String, Object> all = Map.of("changelogFile", changelog);
        Map<String, Object> one = Map.of("changelogFile", changelog, "count", 1);
        try (Database other = database.copied();
                Database third = database.copied()) {
            ran(other, liquibase(other, "updateCountSql", one));
            assertThat(state(other)).isEqualTo("WAITING_FOR_CUTOVER");
            assertThat(kind(other)).isEqualTo("p");
            other.execute("UPDATE readings SET v = v + 1 WHERE id > -100; DELETE FROM readings WHERE id < -1990");
            ran(other, liquibase(other, "updateSql", all));
            assertThat(state(other)).isEqualTo("DONE");
            assertThat(kind(other)).isEqualTo("r");

            // Printed at once, before anything has run; and its way back, too.
            String there = liquibase(third, "updateSql", all);
            String back = liquibase(third, "futureRollbackSql", all);
            ran(third, there);
            assertThat(kind(third)).isEqualTo("r");
            third.execute("UPDATE readings SET v = v + 1 WHERE id > -100; DELETE FROM readings WHERE id < -1990");
            assertThat(third.value(HASH)).isEqualTo(other.value(HASH));
            // Printed when there was none yet, it makes Liquibase's own tables too.
            third.execute("DROP TABLE databasechangelog, databasechangeloglock");
            ran(third, back);
            assertThat(state(third)).isEqualTo("UNDONE");
            assertThat(kind(third)).isEqualTo("p");
            assertThat(third.value(HASH)).isEqualTo(other.value(HASH));

            ran(other, liquibase(other, "rollbackCountSql", one));
            assertThat(state(other)).isEqualTo("UNDOING");
            assertThat(kind(other)).isEqualTo("p");
            ran(other, liquibase(other, "rollbackCountSql", one));
            assertThat(state(other)).isEqualTo("UNDONE");
            assertThat(third.value(HASH)).isEqualTo(other.value(HASH));
        }
    }

    @Test
    void the_second_part_alone_does_nothing(Database database) throws Exception {
        database.execute(READINGS);
        String changelog = new Changelogs(directory).each(CONVERT, CUT_OVER);
        String script = liquibase(database, "updateSql", Map.of("changelogFile", changelog));
        liquibase(database, "updateCount", Map.of("changelogFile", changelog, "count", 1));
        liquibase(database, "tidemark abort", Map.of("table", "readings"));

        Output output = database.psql(script.substring(script.indexOf("-- Tidemark: goes on with")));

        assertThat(output.exitCode()).isEqualTo(3);
        assertThat(output.stderr()).contains("no conversion of these tables is waiting for cutover");
    }

    private static OpenLoopWriter.Write write(Connection connection, long number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO readings AS r VALUES (?, '2026-02-10 00:00+00', 1) ON CONFLICT (ts, id) DO UPDATE SET v = r.v + 1 RETURNING v")) {
            statement.setLong(1, number % 300);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new OpenLoopWriter.Write(number % 300, row.getLong(1));
            }
        }
    }

    private static void equal(OpenLoopWriter.Report report, Database database) {
        Ledger ledger = report.ledger();
        assertThat(report.failures()).isEmpty();
        assertThat(ledger.size()).isPositive();
        assertThat(ledger.differences(database, WRITTEN)).isEmpty();
        assertThat(database.number("SELECT count(*) FROM readings WHERE id < 0"))
                .isEqualTo(2000);
    }

    private static long recorded(Database database) {
        String log = database.value(
                "SELECT oid::regclass::text FROM pg_class WHERE relname LIKE 'capture\\_%' AND relkind = 'r'");
        return database.number("SELECT count(*) FROM " + log);
    }

    private static void ran(Database database, String script) throws Exception {
        Output output = database.psql(script);
        assertThat(output.exitCode()).as(output.stderr()).isZero();
    }

    static String state(Database database) {
        return database.value("SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1");
    }

    static String kind(Database database) {
        return database.value("SELECT relkind FROM pg_class WHERE oid = 'readings'::regclass");
    }

    private String cutover(Database database) throws Exception {
        return liquibase(database, "tidemark cutover", Map.of("table", "readings"));
    }

    private String liquibase(Database database, String command, Map<String, Object> arguments) throws Exception {
        return InProcess.liquibase(directory, database, command, arguments);
    }
}
