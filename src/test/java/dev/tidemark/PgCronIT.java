package dev.tidemark;

import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.CRON;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.time.Duration;
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
