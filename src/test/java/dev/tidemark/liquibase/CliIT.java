package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real command line, with our jar beside it, in each version of Liquibase that we claim. */
@PostgresTest(needs = {Capability.TIMESCALEDB, Capability.SUPERUSER, Capability.SEVERAL_SESSIONS})
class CliIT {
    private static final String CONVERT =
            "<tidemark:convertToHypertable tableName=\"Readings\" timeColumn=\"ts\" strategy=\"adopt\" retiredName=\"readings_before\"/>";

    private static final String BETWEEN_OTHERS =
            """
            <sql>CREATE TABLE before_it ()</sql></changeSet>
            <changeSet id="2" author="test" runInTransaction="false">%s</changeSet>
            <changeSet id="3" author="test"><sql>CREATE TABLE after_it ()</sql>""";

    @TempDir
    Path directory;

    private static void partitions(Database database) {
        database.execute(
                """
                CREATE TABLE "Readings" (ts timestamptz NOT NULL, v int) PARTITION BY RANGE (ts);
                CREATE TABLE readings_1 PARTITION OF "Readings" FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-01-02 00:00+00');
                CREATE TABLE readings_2 PARTITION OF "Readings" FOR VALUES FROM ('2026-01-02 00:00+00') TO ('2026-01-03 00:00+00');
                INSERT INTO "Readings" SELECT '2026-01-01 00:00+00'::timestamptz + i * interval '1 minute', i FROM generate_series(0, 2879) i;
                """);
    }

    @ParameterizedTest
    @EnumSource
    void a_conversion_goes_there_and_back(LiquibaseVersion version, Database database) {
        Launch liquibase = liquibase(version, database, CONVERT);

        Output update = liquibase.run("update", "--changelog-file=changelog.xml");
        assertThat(update.exitCode()).as(update.stderr()).isZero();
        assertThat(update.stderr())
                .contains("Tidemark: convertToHypertable of \"public\".\"Readings\" by adopt", "window of", "proof:");
        assertThat(hypertables(database)).isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM \"Readings\"")).isEqualTo(2880);

        Output status = liquibase.run("tidemark", "status");
        assertThat(status.stdout())
                .as(status.stderr())
                .contains("convertToHypertable of \"public\".\"Readings\" by", ": done, ");

        Output rollback = liquibase.run("rollback-count", "--changelog-file=changelog.xml", "--count=1");
        assertThat(rollback.exitCode()).as(rollback.stderr()).isZero();
        assertThat(hypertables(database)).isZero();
        assertThat(database.number("SELECT count(*) FROM \"Readings\"")).isEqualTo(2880);
    }

    @Test
    void update_testing_rollback_ends_converted(Database database) {
        Output output = liquibase(LiquibaseVersion.V4_33_0, database, CONVERT)
                .run("update-testing-rollback", "--changelog-file=changelog.xml");

        assertThat(output.exitCode()).as(output.stderr()).isZero();
        assertThat(hypertables(database)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void plan_mode_prints_go_and_runs_no_changeset(LiquibaseVersion version, Database database) {
        Launch liquibase = liquibase(version, database, BETWEEN_OTHERS.formatted(CONVERT));
        Output output = liquibase.run("--tidemark-mode=plan", "update", "--changelog-file=changelog.xml");

        assertThat(output.exitCode()).as(output.stderr()).isZero();
        assertThat(output.stderr())
                .containsSubsequence(
                        "GO: longest window about ",
                        "convertToHypertable of \"public\".\"Readings\", strategy adopt.",
                        "GO for convertToHypertable of \"public\".\"Readings\", as printed above."
                                + " Nothing was done and no changeSet was run or recorded;")
                .doesNotContain("Validation Failed", "ERROR");
        nothingWasRun(database);

        assertThat(liquibase.run("update", "--changelog-file=changelog.xml").exitCode())
                .isZero();
        assertThat(database.column("SELECT id FROM databasechangelog ORDER BY orderexecuted"))
                .containsExactly("1", "2", "3");
        Output later = liquibase.run("--tidemark-mode=plan", "update", "--changelog-file=changelog.xml");
        assertThat(later.exitCode()).as(later.stderr()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void plan_mode_fails_on_no_go_and_runs_no_changeset(LiquibaseVersion version, Database database) {
        String copy = CONVERT.replace("adopt\"", "copy\" maxPause=\"100 ms\"")
                + "</changeSet><changeSet id=\"4\" author=\"test\" runInTransaction=\"false\" onValidationFail=\"MARK_RAN\">"
                + CONVERT.replace("Readings", "later");
        Output output = liquibase(version, database, BETWEEN_OTHERS.formatted(copy))
                .run("--tidemark-mode=plan", "update", "--changelog-file=changelog.xml");

        assertThat(output.exitCode()).isEqualTo(1);
        assertThat(output.stderr())
                .containsSubsequence(
                        "NO-GO",
                        "TM302",
                        "No plan for convertToHypertable of \"public\".\"later\"",
                        "NO-GO for convertToHypertable of \"public\".\"Readings\", as printed above."
                                + " Nothing was done and no changeSet was run or recorded;");
        nothingWasRun(database);
    }

    private static void nothingWasRun(Database database) {
        assertThat(hypertables(database)).isZero();
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isZero();
        assertThat(database.value("SELECT locked FROM databasechangeloglock")).isEqualTo("f");
        assertThat(
                        database.value(
                                "SELECT concat(to_regclass('before_it'), to_regclass('after_it'), to_regnamespace('tidemark'))"))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void the_plan_command_needs_no_changelog(LiquibaseVersion version, Database database) {
        Launch liquibase = liquibase(version, database, CONVERT);

        Output go = liquibase.run(
                "tidemark", "plan", "--table=Readings", "--to=hypertable", "--time-column=ts", "--strategy=adopt");
        assertThat(go.exitCode()).as(go.stderr()).isZero();
        assertThat(go.stdout()).startsWith("GO: longest window about ").contains("Steps\n  1. ");
    }

    @ParameterizedTest
    @EnumSource
    void the_plan_command_shows_what_an_exchange_would_do(LiquibaseVersion version, Database database) {
        Launch liquibase = liquibase(version, database, CONVERT);
        database.execute(
                """
                CREATE TABLE rest PARTITION OF "Readings" DEFAULT;
                CREATE TABLE past PARTITION OF "Readings" FOR VALUES FROM (MINVALUE) TO ('2026-01-01 00:00+00');
                ALTER TABLE "Readings" ADD PRIMARY KEY (ts, v);
                INSERT INTO "Readings" SELECT '2026-02-01 00:00+00'::timestamptz + i * interval '1 hour', i FROM generate_series(0, 99) i;
                INSERT INTO "Readings" SELECT '2025-12-01 00:00+00'::timestamptz + i * interval '1 hour', i FROM generate_series(0, 743) i""");

        Output drain = liquibase.run("tidemark", "plan", "--table=Readings", "--to=drainDefault");
        assertThat(drain.exitCode()).as(drain.stderr()).isZero();
        assertThat(drain.stdout())
                .startsWith("GO: longest window about ")
                .contains(
                        "drainDefault of \"public\".\"Readings\"",
                        "TM345 note: Partition \"public\".\"rest\" holds 100 rows",
                        "Steps\n  1. ")
                .containsPattern(" disk +[1-9]\\d* kB more until finalizeConversion");

        Output split = liquibase.run(
                "tidemark", "plan", "--table=Readings", "--to=splitHistory", "--partition=past", "--interval=1 week");
        assertThat(split.exitCode()).as(split.stderr()).isZero();
        assertThat(split.stdout())
                .contains("splitHistory of", "TM345 note: Partition \"public\".\"past\" holds 744 rows");

        Output several = liquibase.run("tidemark", "plan", "--table=Readings,rest", "--to=drainDefault");
        assertThat(several.exitCode()).isEqualTo(1);
        assertThat(several.stderr()).contains("is about a partition of one table, and --table names 2");
        Output wrong = liquibase.run("tidemark", "plan", "--table=Readings", "--to=drainDefault", "--partition=past");
        assertThat(wrong.stderr()).contains("--partition does not go with --to=drainDefault");
        assertThat(database.value("SELECT to_regnamespace('tidemark')"))
                .as("what a plan leaves")
                .isNull();
    }

    @Test
    void a_refusal_shows_each_finding_with_its_remedy(Database database) {
        String finish = "</changeSet><changeSet id=\"2\" author=\"test\" runInTransaction=\"false\">"
                + "<tidemark:finalizeConversion tableName=\"Readings\" confirm=\"Readings\"/>";

        Output young = liquibase(LiquibaseVersion.V4_33_0, database, CONVERT + finish)
                .run("update", "--changelog-file=changelog.xml");

        assertThat(young.exitCode()).isEqualTo(1);
        assertThat(young.stderr()).contains("NO-GO for ").containsPattern("(?m)^TM\\d{3} ");
    }

    @Test
    void printed_sql_goes_there_and_back_by_psql(Database database) {
        Launch liquibase = liquibase(LiquibaseVersion.V4_33_0, database, CONVERT);

        Output there = liquibase.run("update-sql", "--changelog-file=changelog.xml");
        assertThat(there.exitCode()).as(there.stderr()).isZero();
        assertThat(hypertables(database)).isZero();
        Output ran = database.psql(there.stdout());
        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(hypertables(database)).isEqualTo(1);
        assertThat(liquibase.run("update", "--changelog-file=changelog.xml").stderr())
                .contains("Database is up to date");

        Output back = liquibase.run("rollback-count-sql", "--changelog-file=changelog.xml", "--count=1");
        assertThat(back.exitCode()).as(back.stderr()).isZero();
        Output undone = database.psql(back.stdout());
        assertThat(undone.exitCode()).as(undone.stderr()).isZero();
        assertThat(hypertables(database)).isZero();
        assertThat(database.number("SELECT count(*) FROM \"Readings\"")).isEqualTo(2880);
    }

    @Test
    void verify_proves_it_again(Database database) {
        Launch liquibase = liquibase(LiquibaseVersion.V4_33_0, database, CONVERT);
        liquibase.run("update", "--changelog-file=changelog.xml");

        Output verify = liquibase.run("tidemark", "verify", "--table=Readings");

        assertThat(verify.exitCode()).as(verify.stderr()).isZero();
        assertThat(verify.stdout()).contains("holds: ");
    }

    @ParameterizedTest
    @EnumSource
    void a_termination_frees_the_changelog_lock(LiquibaseVersion version, Database database) throws Exception {
        Launch liquibase = liquibase(version, database, CONVERT);
        try (Connection reader = database.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("LOCK TABLE \"Readings\" IN ACCESS SHARE MODE");
            try (LiquibaseProcess update = liquibase.start("update", "--changelog-file=changelog.xml")) {
                Await.until(
                        () -> "an attempt at the window fails; " + update.stderr(),
                        Duration.ofMinutes(1),
                        () -> update.stderr().contains("given up, everything is as before"));
                assertThat(update.stderr())
                        .containsPattern(
                                "attempt 1 given up, .*; session \\d+ \\(.*\\) holds AccessShareLock on \"Readings\"")
                        .doesNotContain("Statement:");

                update.terminate(Duration.ofSeconds(20));
            }
        }
        assertThat(database.value("SELECT locked FROM databasechangeloglock")).isEqualTo("f");
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isZero();

        Output again = liquibase.run("update", "--changelog-file=changelog.xml");
        assertThat(again.exitCode()).as(again.stderr()).isZero();
        assertThat(liquibase.run("tidemark", "status").stdout()).hasLineCount(1).contains(": done, ");
        assertThat(hypertables(database)).isEqualTo(1);
    }

    @Test
    void update_sql_fails_in_the_script_where_the_table_does_not_exist_yet(Database database) {
        Output output = liquibase(LiquibaseVersion.V4_33_0, database, CONVERT.replace("Readings", "later"))
                .run("update-sql", "--changelog-file=changelog.xml");
        assertThat(output.exitCode()).as(output.stderr()).isZero();

        Output ran = database.psql(output.stdout());
        assertThat(ran.exitCode()).isNotZero();
        assertThat(ran.stderr())
                .contains(
                        "\"public\".\"later\" did not exist when this script was printed.",
                        "HINT:  Apply the changeSets before");
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isZero();
    }

    private Launch liquibase(LiquibaseVersion version, Database database, String change) {
        partitions(database);
        new Changelogs(directory).xml(change);
        return new Launch(version, database, directory);
    }

    private static long hypertables(Database database) {
        return database.number(
                "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public'");
    }
}
