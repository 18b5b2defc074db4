package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** pg_partman goes on with what a conversion made: its own maintenance makes the next partitions and drops the oldest. */
@PostgresTest(
        needs = {PARTMAN, SUPERUSER, SEVERAL_SESSIONS},
        promise = "pg_partman manages converted partitions")
class PartmanManagedIT {
    private static final String MAINTENANCE = "SET timezone = 'UTC'; SELECT %s.run_maintenance('public.log')";
    private static final String FINALIZE =
            "<tidemark:finalizeConversion tableName=\"log\" confirm=\"log\" minimumAge=\"1 us\"/>";

    @TempDir
    Path directory;

    @Test
    void days_there_finalized_and_dropped(Database database) throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        create(database, "timestamptz", "now()");
        liquibase(database, changelogs.xml(convert("retention=\"5 days\"")));
        assertThat(database.rows("SELECT parent_table, premake, retention, retention_keep_table FROM "
                        + partman(database) + ".part_config"))
                .containsExactly(java.util.Arrays.asList("public.log", "2", null, "f"));
        long made = partitions(database);

        database.execute("UPDATE " + partman(database) + ".part_config SET premake = 6; " + maintenance(database));
        // With infinite_time_partitions pg_partman counts from the present moment and rounds: from noon on it makes one
        // more.
        assertThat(partitions(database))
                .as("it makes more, and drops nothing yet")
                .isBetween(made + 4, made + 5);

        database.execute("DELETE FROM databasechangelog");
        liquibase(database, changelogs.xml(FINALIZE));
        database.execute(maintenance(database));
        assertThat(database.number("SELECT count(*) FROM log WHERE at < now() - interval '7 days'"))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM log")).isBetween(5L, 7L);
    }

    @ParameterizedTest
    @CsvSource({
        "timestamptz, now(), 1 hour, ''",
        "bigint, extract(epoch FROM now())::bigint, 1 day, epoch=\"s\"",
        "timestamptz, now(), 1 month, ''",
        "date, current_date, 7 days, ''"
    })
    void widths_and_units(String type, String now, String interval, String more, Database database) throws Exception {
        create(database, type, now);
        String changelog = new Changelogs(directory).xml(convert("interval=\"" + interval + "\" " + more));
        liquibase(database, changelog);
        long made = partitions(database);

        database.execute("UPDATE " + partman(database) + ".part_config SET premake = 4; " + maintenance(database));
        assertThat(partitions(database)).isGreaterThan(made);

        InProcess.liquibase(
                directory, database, "rollbackCount", new HashMap<>(Map.of("changelogFile", changelog, "count", 1)));
        assertThat(database.number("SELECT count(*) FROM " + partman(database) + ".part_config"))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM log")).isEqualTo(10);
    }

    private static String convert(String attributes) {
        return "<tidemark:convertToPartitions tableName=\"log\" timeColumn=\"at\" strategy=\"copy\" premake=\"2\" managedBy=\"pg_partman\" "
                + attributes + "/>";
    }

    /** A row of each of the last ten days. */
    private static void create(Database database, String type, String now) {
        String step = List.of("bigint").contains(type) ? "86400" : type.equals("date") ? "1" : "interval '1 day'";
        database.execute("CREATE TABLE log (id int PRIMARY KEY, at " + type + " NOT NULL); INSERT INTO log SELECT d, "
                + now + " - d * " + step + " FROM generate_series(0, 9) d");
    }

    private static long partitions(Database database) {
        return database.number("SELECT count(*) FROM tidemark.partitions_of('log')");
    }

    private static String maintenance(Database database) {
        return MAINTENANCE.formatted(partman(database));
    }

    private static String partman(Database database) {
        return database.value(
                "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_partman'");
    }

    private void liquibase(Database database, String changelog) throws Exception {
        InProcess.liquibase(directory, database, "update", new HashMap<>(Map.of("changelogFile", changelog)));
    }
}
