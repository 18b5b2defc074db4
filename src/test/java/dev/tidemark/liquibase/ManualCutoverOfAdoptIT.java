package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is adopted waits for its cutover too: late partitions and rows of DEFAULT are what its window prepares for anew. */
@PostgresTest(needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS})
class ManualCutoverOfAdoptIT {
    @TempDir
    Path directory;

    @Test
    void what_is_adopted_waits_too(Database database) throws Exception {
        database.execute(ManualCutoverIT.READINGS + "CREATE TABLE readings_default PARTITION OF readings DEFAULT;");
        String changelog = new Changelogs(directory)
                .each(
                        "<tidemark:convertToHypertable tableName=\"readings\" timeColumn=\"ts\" chunkInterval=\"7 days\" strategy=\"adopt\" cutover=\"manual\"/>",
                        ManualCutoverIT.CUT_OVER);
        InProcess.liquibase(directory, database, "updateCount", Map.of("changelogFile", changelog, "count", 1));
        assertThat(ManualCutoverIT.state(database)).isEqualTo("WAITING_FOR_CUTOVER");
        assertThat(ManualCutoverIT.kind(database)).isEqualTo("p");
        database.execute(
                """
                CREATE TABLE readings_3 PARTITION OF readings FOR VALUES FROM ('2026-05-01 00:00+00') TO ('2026-05-08 00:00+00');
                INSERT INTO readings VALUES (1, '2026-05-02', 1), (2, '2027-01-02', 2);
                UPDATE readings SET v = -v WHERE id > -50""");
        String before = database.value(ManualCutoverIT.HASH);

        InProcess.liquibase(directory, database, "update", Map.of("changelogFile", changelog));

        assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                .isEqualTo(1);
        assertThat(database.value(ManualCutoverIT.HASH)).isEqualTo(before);
        InProcess.liquibase(directory, database, "rollbackCount", Map.of("changelogFile", changelog, "count", 2));
        assertThat(ManualCutoverIT.state(database)).isEqualTo("UNDONE");
        assertThat(database.value(ManualCutoverIT.HASH)).isEqualTo(before);
    }
}
