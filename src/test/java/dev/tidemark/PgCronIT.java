package dev.tidemark;

import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.CRON;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** pg_cron itself runs the job that a conversion scheduled. It works in one database, which is set before the server starts. */
@PostgresTest(
        needs = {TIMESCALEDB, CRON, SUPERUSER, SEVERAL_SESSIONS, CRASH},
        promise = "pg_cron runs retention on the Apache edition")
class PgCronIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String RUNS = "SELECT count(*) FROM cron.job_run_details WHERE status = 'succeeded'";

    @Test
    @Tick("1.16")
    void retention_waits_for_finalize_and_for_holds_and_then_drops(Database database) throws Exception {
        cronIn(database, "ALTER SYSTEM SET cron.database_name = '" + database.name() + "'");
        try {
            database.execute("CREATE EXTENSION pg_cron");
            database.execute(RetentionIT.TABLES);
            try (Connection connection = database.connect()) {
                Tidemark tidemark = Tidemark.on(connection);
                tidemark.apply(RetentionIT.request(ForeignKeyChoice.TRIGGER));
                assertThat(database.column("SELECT command FROM cron.job"))
                        .containsExactly("SELECT * FROM \"tidemark\".apply_retention()");
                database.execute("SELECT cron.alter_job(jobid, schedule => '1 second') FROM cron.job");

                awaitTwoRuns(database);
                assertThat(rows(database)).as("paused until finalize").isEqualTo(10);

                database.execute(
                        "INSERT INTO tidemark.hold (relation, name, reason) VALUES ('raw_messages', 'archive', 'not proved yet')");
                tidemark.finalizeConversion(new FinalizeRequest(
                        RetentionIT.RAW_MESSAGES, "raw_messages", Duration.ZERO, false, Duration.ofSeconds(2)));
                awaitTwoRuns(database);
                assertThat(rows(database)).as("held").isEqualTo(10);

                database.execute("DELETE FROM tidemark.hold");
                Await.until("the chunks past retention are dropped", LIMIT, () -> rows(database) == 6);
                awaitTwoRuns(database);
                assertThat(rows(database)).as("nothing else goes").isEqualTo(6);
            }
            assertThat(
                            database.column(
                                    "SELECT DISTINCT status FROM cron.job_run_details WHERE status NOT IN ('succeeded', 'running')"))
                    .isSubsetOf("starting", "connecting", "sending");
        } finally {
            cronIn(database, "ALTER SYSTEM RESET cron.database_name");
        }
    }

    @Test
    void partitions_are_made_and_dropped_by_jobs_that_the_way_back_removes(Database database) throws Exception {
        cronIn(database, "ALTER SYSTEM SET cron.database_name = '" + database.name() + "'");
        try {
            database.execute("CREATE EXTENSION pg_cron");
            database.execute("CREATE TABLE log (id bigint, at timestamptz, PRIMARY KEY (id, at));"
                    + " INSERT INTO log SELECT d, now() - d * interval '1 day' FROM generate_series(0, 9) d");
            try (Connection connection = database.connect()) {
                Tidemark tidemark = Tidemark.on(connection);
                tidemark.apply(PARTITIONS);
                assertThat(database.column("SELECT command FROM cron.job ORDER BY 1"))
                        .containsExactly(
                                "SELECT * FROM \"tidemark\".\"apply_partition_retention\"()",
                                "SELECT * FROM \"tidemark\".\"make_partitions\"()");
                database.execute("SELECT cron.alter_job(jobid, schedule => '1 second') FROM cron.job");
                database.execute("UPDATE tidemark.partition_set SET premake = 5");
                Await.until(
                        "partitions are made and old ones go",
                        LIMIT,
                        () -> database.number("SELECT count(*) FROM log") == 6
                                && database.number("SELECT count(*) FROM tidemark.partitions_of('log')") == 11);

                // Retention did not wait for finalize: what it dropped is still in the table that comes back.
                database.execute("DELETE FROM log_old WHERE id > 5");
                tidemark.undo(PARTITIONS.names());
                assertThat(database.column("SELECT command FROM cron.job")).isEmpty();
            }
        } finally {
            cronIn(database, "ALTER SYSTEM RESET cron.database_name");
        }
    }

    /** By copy, because then every day has its partition; retention begins at once. */
    private static final ConversionRequest PARTITIONS = new ConversionRequest(
            ConversionRequest.Goal.PARTITIONS,
            List.of(new ConversionTarget(
                    new TableName("public", "log"),
                    "at",
                    Optional.empty(),
                    Optional.of(Interval.parse("1 day")),
                    Optional.of(Interval.parse("5 days")),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.of(new Partitioning("UTC", 1, Optional.empty(), false)))),
            new Options(
                    Strategy.COPY,
                    Options.DEFAULTS.maxPause(),
                    ForeignKeyChoice.REFUSE,
                    KeyChoice.EXTEND,
                    false,
                    false,
                    PolicyStart.NOW,
                    Verification.CONTENTS));

    private static void awaitTwoRuns(Database database) {
        // The one that is under way may have begun before.
        long runs = database.number(RUNS);
        Await.until("pg_cron runs the job twice", LIMIT, () -> database.number(RUNS) >= runs + 2);
    }

    private static long rows(Database database) {
        return database.number("SELECT count(*) FROM raw_messages");
    }

    private static void cronIn(Database database, String setting) {
        database.execute(setting);
        database.server().crash();
        database.server().restart();
    }
}
