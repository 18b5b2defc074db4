package dev.tidemark.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@PostgresTest
class LiquibaseProcessIT {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void each_version_runs(LiquibaseVersion version, Database database) throws IOException {
        Output output = launch(version, database, "CREATE TABLE t (i int)").run("update", "--changelog-file=c.sql");

        assertThat(output.exitCode()).as(output.stderr()).isZero();
        assertThat(database.value("SELECT to_regclass('t')")).isEqualTo("t");
        assertThat(database.value("SELECT liquibase FROM databasechangelog")).isEqualTo(version.toString());
    }

    @Test
    void a_kill_hits_while_it_works(Database database) throws Exception {
        try (LiquibaseProcess process = launch(LiquibaseVersion.V4_33_0, database, "SELECT pg_sleep(60)")
                .start("update", "--changelog-file=c.sql")) {
            awaitSleeper(database);
            process.freeze();
            assertThat(process.isRunning()).isTrue();
            process.thaw();

            process.kill();

            assertThat(database.value("SELECT locked FROM databasechangeloglock"))
                    .isEqualTo("t");
            assertThatThrownBy(process::kill).isInstanceOf(AssertionError.class).hasMessageContaining("missed");
        }
    }

    @Test
    void a_termination_hits_while_it_works(Database database) throws Exception {
        try (LiquibaseProcess process = launch(LiquibaseVersion.V5_0_4, database, "SELECT pg_sleep(60)")
                .start("update", "--changelog-file=c.sql")) {
            awaitSleeper(database);

            assertThat(process.terminate(Duration.ofSeconds(20)).exitCode()).isEqualTo(143);
        }
    }

    private LiquibaseProcess.Launch launch(LiquibaseVersion version, Database database, String sql) throws IOException {
        Files.writeString(directory.resolve("c.sql"), "--liquibase formatted sql\n--changeset a:1\n" + sql + ";\n");
        return new LiquibaseProcess.Launch(version, database, directory);
    }

    private static void awaitSleeper(Database database) {
        Await.until(
                "the statement runs",
                Duration.ofSeconds(30),
                () -> database.number(
                                "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'")
                        > 0);
    }
}
