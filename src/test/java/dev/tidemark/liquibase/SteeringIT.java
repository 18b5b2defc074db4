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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code liquibase tidemark pause} and {@code resume} beside a run that is under way in another process. */
@PostgresTest(needs = {Capability.TIMESCALEDB, Capability.SUPERUSER, Capability.SEVERAL_SESSIONS})
class SteeringIT {
    private static final String CONVERT =
            "<tidemark:convertToHypertable tableName=\"readings\" timeColumn=\"ts\" strategy=\"adopt\"/>";

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void a_run_is_paused_and_resumed_and_given_limits(LiquibaseVersion version, Database database) throws Exception {
        Launch liquibase = liquibase(version, database);
        try (Connection reader = database.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("LOCK TABLE readings IN ACCESS SHARE MODE");
            try (LiquibaseProcess update = liquibase.start("update", "--changelog-file=changelog.xml")) {
                Await.until(
                        () -> "the run waits for the reader; " + update.stderr(),
                        Duration.ofMinutes(1),
                        () -> update.stderr().contains("given up, everything is as before"));

                assertThat(ok(liquibase, "pause", "--table=readings", "--why=backup", "--max-replica-lag=30 seconds"))
                        .startsWith("\"public\".\"readings\": paused (backup), workers as configured, limits"
                                + " --max-replica-lag=30 s (set), --max-slot-wal=4.0 GB, --max-wal-rate=off,");
                assertThat(ok(liquibase, "status"))
                        .contains(": running, ", "paused (backup)", "--max-replica-lag=30 s (set)")
                        .contains("Run liquibase update again to go on");

                assertThat(ok(
                                liquibase,
                                "resume",
                                "--table=readings",
                                "--workers=2",
                                "--max-replica-lag=default",
                                "--max-wal-rate=64 MB",
                                "--disk-reserve=off"))
                        .startsWith("\"public\".\"readings\": not paused, workers 2 (set), limits"
                                + " --max-replica-lag=10 s, --max-slot-wal=4.0 GB, --max-wal-rate=64 MB (set),")
                        .contains("--disk-reserve=off (set).");
                assertThat(ok(liquibase, "resume", "--table=readings", "--workers=default"))
                        .startsWith(
                                "\"public\".\"readings\": was not paused before; not paused, workers as configured");
            }
        }
    }

    @Test
    void without_an_unfinished_run_there_is_nothing_to_steer(Database database) {
        Output output = liquibase(LiquibaseVersion.V4_33_0, database).run("tidemark", "resume", "--table=readings");

        assertThat(output.exitCode()).isEqualTo(1);
        assertThat(output.stderr()).contains("There is no unfinished run on \"public\".\"readings\"");
    }

    @ParameterizedTest
    @CsvSource({
        "--workers=many, write a number from 0 to 999",
        "--max-probe=soon, is not an interval",
        "--max-wal-rate=1 MB/s, is not a size",
        "--max-archive-backlog=-3, is not a whole number"
    })
    void what_cannot_be_used_is_named(String argument, String remedy, Database database) {
        Output output =
                liquibase(LiquibaseVersion.V4_33_0, database).run("tidemark", "pause", "--table=readings", argument);

        assertThat(output.exitCode()).isEqualTo(1);
        assertThat(output.stderr()).contains(argument + " cannot be used: ", remedy);
    }

    private static String ok(Launch liquibase, String... arguments) {
        String[] line = new String[arguments.length + 1];
        line[0] = "tidemark";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        Output output = liquibase.run(line);
        assertThat(output.exitCode()).as(output.stderr()).isZero();
        return output.stdout();
    }

    private Launch liquibase(LiquibaseVersion version, Database database) {
        database.execute(
                """
                CREATE TABLE readings (ts timestamptz NOT NULL, v int) PARTITION BY RANGE (ts);
                CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-01-02 00:00+00');
                """);
        new Changelogs(directory).xml(CONVERT);
        return new Launch(version, database, directory);
    }
}
