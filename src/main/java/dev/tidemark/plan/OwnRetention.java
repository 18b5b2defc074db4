package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Retention on the Apache edition: a row of {@code retention_policy}, which {@code apply_retention()} carries out, and a job of pg_cron that calls it
 * where pg_cron is in this database.
 */
final class OwnRetention {
    private static final String SCHEDULE = "*/15 * * * *";

    private final Server server;

    OwnRetention(Server server) {
        this.server = server;
    }

    List<Sql> create(Subject subject, Interval keep, boolean paused) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                """
                INSERT INTO %s (relation, drop_after, epoch, paused)
                VALUES (%L::regclass, %L::interval, %s, %s)""",
                subject.journalTable("retention_policy"),
                subject.name().quoted(),
                keep.toString(),
                subject.target()
                        .epoch()
                        .map(e -> Sql.of("%L", e.name().toLowerCase(Locale.ROOT)))
                        .orElse(new Sql("NULL")),
                paused));
        if (paused) {
            sql.add(PausedPolicy.remember(
                    subject, Sql.of("SELECT %L", subject.name().quoted())));
        }
        if (server.cron().isPresent()) {
            // The same name is the same job: scheduling it again changes it.
            sql.add(Sql.of(
                    "SELECT cron.schedule(%L, %L, %L)",
                    jobName(subject),
                    SCHEDULE,
                    Sql.of("SELECT * FROM %I.apply_retention()", subject.journal())
                            .text()));
        }
        return sql;
    }

    List<Sql> remove(Subject subject) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                "DELETE FROM %s WHERE relation = to_regclass(%L)",
                subject.journalTable("retention_policy"), subject.name().quoted()));
        if (server.cron().isPresent()) {
            // Other tables may still need the job.
            sql.add(Sql.of(
                    "SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = %L AND NOT EXISTS (SELECT FROM %s)",
                    jobName(subject), subject.journalTable("retention_policy")));
        }
        return sql;
    }

    static Sql start(String runId, String journal) {
        return Sql.of(
                "UPDATE %I AS policy SET paused = false FROM %s AS paused WHERE policy.relation = to_regclass(paused.identity)",
                new TableName(journal, "retention_policy"), PausedPolicy.of(runId, journal));
    }

    /** A hold is on the table that bears the name: who takes the name over takes the hold over. */
    static Sql moveHolds(Subject subject, TableName from, TableName to) {
        return Sql.of(
                "UPDATE %s SET relation = %L::regclass WHERE relation = %L::regclass",
                subject.journalTable("hold"), to.quoted(), from.quoted());
    }

    private String jobName(Subject subject) {
        return "tidemark retention " + server.database() + " " + subject.journal();
    }
}
