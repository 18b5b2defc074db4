package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM with 64 MB, whatever the rows are and however many: no row ever comes to the client. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "64 MB of heap are enough for any number of rows, and for rows of 50 MB")
class SmallHeapIT {
    private static final String CONVERT =
            "<tidemark:convertToHypertable tableName=\"documents\" timeColumn=\"at\" chunkInterval=\"1 day\" strategy=\"copy\"/>";

    private static final int WIDE_ROWS = 4;
    /** More than the heap has left for two. */
    private static final int BYTES = 50_000_000;

    @TempDir
    Path directory;

    private Launch liquibase(Database database) {
        new Changelogs(directory).xml(CONVERT);
        return new Launch(LiquibaseVersion.V4_33_0, database, directory).with("JAVA_TOOL_OPTIONS", "-Xmx64m");
    }

    private static void done(Output output) {
        assertThat(output.exitCode()).as(output.stderr()).isZero();
        assertThat(output.stderr()).contains("-Xmx64m").doesNotContain("OutOfMemory");
    }

    /** All of them lie in one block; a slice has one. One that is altered in the copy is found, and named without its value. */
    @Test
    void rows_of_50_mb(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE documents (id bigint NOT NULL, at timestamptz NOT NULL, document bytea, PRIMARY KEY (id, at));
                ALTER TABLE documents ALTER document SET STORAGE EXTERNAL;
                INSERT INTO documents SELECT n, '2026-01-01 00:00Z', convert_to(repeat(chr(64 + n), %d), 'UTF8') FROM generate_series(1, %d) AS n;
                INSERT INTO documents SELECT n, '2026-01-02 00:00Z', '\\x00' FROM generate_series(100, 1000) AS n"""
                        .formatted(BYTES, WIDE_ROWS));
        Rows before = Rows.of(database, "documents");
        Launch liquibase = liquibase(database);
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), "tidemark").install();
        }
        database.execute(
                """
                CREATE FUNCTION alter_copy() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE public.documents_new SET document = set_byte(document, 25000000, 33) WHERE id = 2;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER alter_copy AFTER UPDATE ON tidemark.step FOR EACH ROW WHEN (NEW.id = 'catch-up' AND NEW.state = 'DONE')
                    EXECUTE FUNCTION alter_copy()""");

        Output broken = liquibase.run("update", "--changelog-file=changelog.xml");

        assertThat(broken.exitCode()).isEqualTo(1);
        assertThat(broken.stderr())
                .contains("TM500", "row (2, ", "differs in document")
                .doesNotContain("OutOfMemory")
                .hasSizeLessThan(50_000);
        assertThat(database.column(
                        "SELECT s.rows FROM tidemark.slice AS s JOIN tidemark.step AS p ON p.run = s.run AND p.ordinal = s.step"
                                + " WHERE p.id = 'copy' AND s.rows > 0 ORDER BY s.number"))
                .startsWith("1", "1", "1")
                .hasSizeGreaterThanOrEqualTo(WIDE_ROWS);
        database.execute("DROP TRIGGER alter_copy ON tidemark.step");
        done(liquibase.run("tidemark", "abort", "--table=documents"));
        done(liquibase.run("update", "--changelog-file=changelog.xml"));
        assertThat(Rows.of(database, "documents")).isEqualTo(before);
    }

    @Test
    void a_million_rows(Database database) {
        database.execute(
                """
                CREATE TABLE documents (id bigint NOT NULL, at timestamptz NOT NULL, document text, PRIMARY KEY (id, at));
                INSERT INTO documents SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 second', 'document ' || n FROM generate_series(1, 1000000) AS n""");
        Rows before = Rows.of(database, "documents");

        done(liquibase(database).run("update", "--changelog-file=changelog.xml"));

        assertThat(Rows.of(database, "documents")).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM tidemark.slice")).isGreaterThan(10);
    }
}
