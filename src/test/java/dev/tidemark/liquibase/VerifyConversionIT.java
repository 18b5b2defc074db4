package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proofs taken again by Liquibase: as a change, printed, by the command, and as a script that needs neither. */
@PostgresTest(needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS})
class VerifyConversionIT {
    private static final String CONVERT =
            "<tidemark:convertToPartitions strategy=\"copy\" tableName=\"Readings\" timeColumn=\"ts\" interval=\"1 month\" premake=\"1\"/>";
    private static final String VERIFY = "<tidemark:verifyConversion tableName=\"Readings\"/>";
    private static final String REPAIR = "<tidemark:verifyConversion tableName=\"Readings\" repair=\"true\"/>";
    private static final String DAMAGE = "UPDATE \"Readings_old\" SET v = -v WHERE id = 77";

    private final Database database;

    @TempDir
    Path directory;

    VerifyConversionIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void converted() {
        database.execute(
                """
                CREATE TABLE "Readings" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ts timestamptz NOT NULL, v int);
                INSERT INTO "Readings" (ts, v) SELECT '2026-10-15 00:00+00'::timestamptz + i * interval '1 hour', i FROM generate_series(1, 999) AS i""");
        launch(CONVERT).run("update", "--changelog-file=changelog.xml").succeeded();
    }

    @Test
    void the_change_fails_where_something_differs_and_repairs_it_where_that_is_asked_for() {
        Launch proving = launch(VERIFY);
        proving.run("update", "--changelog-file=changelog.xml").succeeded();
        assertThat(proving.run("rollback-count", "--changelog-file=changelog.xml", "--count=1")
                        .succeeded()
                        .stderr())
                .doesNotContain("ERROR");
        database.execute(DAMAGE);

        Output failed = launch(VERIFY).run("update", "--changelog-file=changelog.xml");
        assertThat(failed.exitCode()).isNotZero();
        assertThat(failed.stderr()).contains("BROKEN", "row (77) differs in v");

        launch(REPAIR).run("update", "--changelog-file=changelog.xml").succeeded();
        assertThat(database.number("SELECT v FROM \"Readings_old\" WHERE id = 77"))
                .isEqualTo(77);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM tidemark.repair WHERE key = '{77}' AND old_hash <> new_hash AND old_row LIKE '%,-77)'"))
                .isEqualTo(1);
    }

    @Test
    void printed_it_proves_and_repairs_by_psql_alone() {
        assertThat(printed(VERIFY).exitCode()).isZero();
        database.execute(DAMAGE);

        Output failed = printed(VERIFY);
        assertThat(failed.exitCode()).isEqualTo(3);
        assertThat(failed.stderr()).contains("proof failed", "row (77) differs in v");

        assertThat(printed(REPAIR).exitCode()).isZero();
        assertThat(database.number("SELECT v FROM \"Readings_old\" WHERE id = 77"))
                .isEqualTo(77);
    }

    @Test
    void the_command_proves_repairs_and_writes_the_proof() throws Exception {
        Path file = directory.resolve("proof.sql");
        Launch liquibase = launch(VERIFY);
        assertThat(liquibase
                        .run("tidemark", "verify", "--table=Readings", "--workers=1")
                        .succeeded()
                        .stdout())
                .contains("holds: contents of \"public\".\"Readings\": 999 rows");
        assertThat(liquibase
                        .run("tidemark", "verify", "--table=Readings", "--proof-file=" + file)
                        .succeeded()
                        .stdout())
                .contains(file.toString(), "psql -f");
        String proof = Files.readString(file);
        Output held = database.psql(proof);
        assertThat(held.exitCode()).as(held.stderr()).isZero();
        assertThat(held.stdout()).startsWith("holds: rows of").contains("999 rows");
        database.execute(DAMAGE);

        Output failed = database.psql(proof);
        assertThat(failed.exitCode()).isEqualTo(3);
        assertThat(failed.stderr()).contains("row (77) differs in v");
        Output broken = liquibase.run("tidemark", "verify", "--table=Readings");
        assertThat(broken.exitCode()).isNotZero();
        assertThat(broken.stderr()).contains("row (77) differs in v");
        assertThat(liquibase
                        .run("tidemark", "verify", "--table=Readings", "--repair=true")
                        .succeeded()
                        .stdout())
                .contains("holds: ");
        assertThat(database.psql(proof).exitCode()).isZero();
        assertThat(liquibase.run("tidemark", "status").succeeded().stdout().lines())
                .anySatisfy(line -> assertThat(line).contains("verifyConversion", ": failed"))
                .anySatisfy(line -> assertThat(line).contains("verifyConversion", ": done"));
    }

    private Output printed(String change) {
        return database.psql(launch(change)
                .run("update-sql", "--changelog-file=changelog.xml")
                .succeeded()
                .stdout());
    }

    /** With a changeSet of its own, which nobody has run. */
    private Launch launch(String change) {
        String id = String.valueOf(System.nanoTime());
        Path own = directory.resolve(id);
        try {
            Files.createDirectories(own);
            Path file = own.resolve(new Changelogs(own).xml(change));
            Files.writeString(file, Files.readString(file).replace("id=\"1\"", "id=\"" + id + "\""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Launch(LiquibaseVersion.V4_33_0, database, own);
    }
}
