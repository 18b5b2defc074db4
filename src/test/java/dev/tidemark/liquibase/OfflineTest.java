package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Printing without a server: the script must fail where the work belongs, never skip it. */
class OfflineTest {
    @TempDir
    Path directory;

    @Test
    void update_sql_prints_a_block_that_fails_with_the_remedy() throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml("<tidemark:convertToHypertable tableName=\"it's\" timeColumn=\"ts\"/>");

        assertThat(changelogs.run("updateSql", changelog, changelogs.offlineUrl("postgresql")))
                .contains(
                        """
                        -- Tidemark could not print convertToHypertable of "public"."it's": Liquibase runs offline, and the SQL depends on the table's partitions, keys and grants.
                        \\set ON_ERROR_STOP on
                        DO $tidemark$
                        BEGIN
                            RAISE EXCEPTION USING MESSAGE = 'Tidemark could not print convertToHypertable of "public"."it''s": Liquibase runs offline, and the SQL depends on the table''s partitions, keys and grants.',
                                HINT = 'Print the script with the URL of the database instead of offline:postgresql, or apply the change with liquibase update.';
                        END
                        $tidemark$;
                        """);
    }

    @Test
    void future_rollback_sql_prints_the_way_back() throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml("<tidemark:convertToHypertable tableName=\"t\" timeColumn=\"ts\"/>");

        assertThat(changelogs.run("futureRollbackSql", changelog, changelogs.offlineUrl("postgresql")))
                .contains("-- Tidemark could not print rollback of convertToHypertable of \"public\".\"t\"");
    }

    @Test
    void finalizing_has_no_way_back() throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml("<tidemark:finalizeConversion tableName=\"t\" confirm=\"t\"/>");

        assertThatThrownBy(() -> changelogs.run("futureRollbackSql", changelog, changelogs.offlineUrl("postgresql")))
                .hasStackTraceContaining(
                        "finalizeConversion of \"t\" cannot be rolled back: it dropped what the way back needed.");
    }

    @Test
    void other_products_are_refused() {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml("<tidemark:convertToHypertable tableName=\"t\" timeColumn=\"ts\"/>");

        assertThatThrownBy(() -> changelogs.run("updateSql", changelog, changelogs.offlineUrl("h2")))
                .hasStackTraceContaining("it works on PostgreSQL, this is");
    }
}
