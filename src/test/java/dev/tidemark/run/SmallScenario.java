package dev.tidemark.run;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Two small partitioned tables, converted and taken back by Liquibase's command line. */
final class SmallScenario {
    static final List<String> TABLES = List.of("messages", "readings", "notes", "stations");
    private static final Path RESOURCES = Path.of("src/test/resources/dev/tidemark/run");

    private final Database database;

    private SmallScenario(Database database) {
        this.database = database;
    }

    /** The start state in a fresh database. */
    static SmallScenario in(Database database) {
        try {
            database.psql(Files.readString(RESOURCES.resolve("small.sql"))).succeeded();
            return new SmallScenario(database);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Database database() {
        return database;
    }

    LiquibaseProcess.Launch launch() {
        return new LiquibaseProcess.Launch(LiquibaseVersion.V4_33_0, database, RESOURCES)
                .with("LIQUIBASE_CHANGELOG_LOCK_WAIT_TIME_IN_MINUTES", "1");
    }

    static String[] update() {
        return new String[] {"update", "--changelog-file=small.xml"};
    }

    /** The same by copy. */
    static String[] copy() {
        return new String[] {"update", "--changelog-file=copy.xml"};
    }

    static String[] rollbackCopy() {
        return new String[] {"rollback-count", "--changelog-file=copy.xml", "--count=1"};
    }

    /** From hypertables to native partitions. */
    static String[] leave() {
        return new String[] {"update", "--changelog-file=leave.xml"};
    }

    static String[] rollbackLeave() {
        return new String[] {"rollback-count", "--changelog-file=leave.xml", "--count=1"};
    }

    static String[] finish() {
        return new String[] {"update", "--changelog-file=finalize.xml"};
    }

    static String[] rollback() {
        return new String[] {"rollback-count", "--changelog-file=small.xml", "--count=1"};
    }

    /** What a person does after a process was killed: free the changelog lock, run the same command again. */
    Output again(String... arguments) {
        launch().run("release-locks");
        return launch().run(arguments);
    }

    /** The exact rows of every table. */
    Map<String, Rows> rows() {
        Map<String, Rows> rows = new TreeMap<>();
        TABLES.forEach(table -> rows.put(table, Rows.of(database, table)));
        return rows;
    }

    /** Which storage holds what: name, oid and file node of every table that holds rows, and its bounds while it is a partition. */
    List<List<String>> storage() {
        return database.rows(
                """
                SELECT c.relname, c.oid::text, pg_relation_filenode(c.oid)::text
                  FROM pg_class AS c
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i') AND c.relname NOT LIKE 'databasechangelog%'
                   AND (c.relname ~ '^(messages|readings)_[0-9]' OR c.relname IN ('notes', 'stations'))
                 ORDER BY 1""");
    }

    /** The definition of everything, without what numbers that differ from run to run are in. */
    String definition() {
        return database.pgDump("--schema-only", "--exclude-schema=tidemark", "--exclude-table=databasechangelog*")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("--") && !line.startsWith("\\"))
                .map(line -> line.replaceAll("constraint_\\d+", "constraint_N")
                        .replaceAll("\\b\\d+_(\\d+_)?(?=messages|readings)", "N_"))
                .filter(line -> !line.isBlank())
                .collect(Collectors.joining("\n"));
    }

    /** The definition of everything that the application knows of; which chunk got which number depends on which worker was first. */
    String applicationsDefinition() {
        return database.pgDump("--schema-only", "--schema=public", "--exclude-table=databasechangelog*")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("--") && !line.startsWith("\\") && !line.isBlank())
                .collect(Collectors.joining("\n"));
    }

    /** Where the newest run stands. */
    String state() {
        return database.value("SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1");
    }
}
