package dev.tidemark.plan;

import dev.tidemark.schema.Server;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * Policies and jobs of a hypertable whose rows are copied. They rest from the moment in which capture starts, because dropping a chunk fires no trigger: what
 * goes from the source would come back with the copy, and what goes from the retired table would be missing on the way back. A new hypertable gets the
 * same ones; the way back gives back what rested.
 *
 * <p>Which ones these were is in the journal: what somebody had paused himself stays paused.
 */
final class SourceJobs {
    private static final String JOB = "resting job";
    private static final String RETENTION = "resting retention";
    private static final String CARRIED = "carried job";

    private final Subject subject;
    private final TimescaleDb timescaledb;

    SourceJobs(Subject subject, Server server) {
        this.subject = subject;
        this.timescaledb =
                server.timescaledb().orElseThrow(() -> new IllegalStateException("a hypertable without TimescaleDB"));
    }

    /** In the window in which capture starts. */
    List<Sql> rest() {
        return List.of(
                note(
                        RETENTION,
                        Sql.of(
                                "SELECT %L FROM %s WHERE relation = %L::regclass AND NOT paused",
                                name(), policies(), name())),
                Sql.of("UPDATE %s SET paused = true WHERE relation = %L::regclass", policies(), name()),
                note(
                        JOB,
                        Sql.of(
                                "SELECT j.job_id::text FROM timescaledb_information.jobs AS j WHERE %s AND j.scheduled",
                                isOf(subject.name()))),
                Sql.of(
                        "SELECT %I.alter_job(o.identity::integer, scheduled => false) FROM %s AS o WHERE o.run = %s AND o.kind = %L",
                        timescaledb.schema(), objects(), PieceRecord.RUN, JOB));
    }

    /** In the window in which capture ends. */
    List<Sql> goOn() {
        return List.of(
                Sql.of(
                        "UPDATE %s SET paused = false WHERE relation = to_regclass(%L) AND %s",
                        policies(), name(), rested(RETENTION, Sql.of("%L", name()))),
                Sql.of(
                        "SELECT %I.alter_job(j.job_id, scheduled => true) FROM timescaledb_information.jobs AS j WHERE %s AND %s",
                        timescaledb.schema(), isOf(subject.name()), rested(JOB, new Sql("j.job_id::text"))),
                Sql.of(
                        "DELETE FROM %s WHERE run = %s AND (kind = %L AND identity = %L OR kind = %L AND identity IN (SELECT j.job_id::text FROM timescaledb_information.jobs AS j WHERE %s))",
                        objects(), PieceRecord.RUN, RETENTION, name(), JOB, isOf(subject.name())));
    }

    /** After the cutover: the new hypertable gets them, but for those that are wished otherwise. */
    List<Sql> carry(PolicyStart start) {
        boolean paused = start == PolicyStart.AFTER_FINALIZE;
        return subject.target().retention().isPresent()
                ? List.of(carriedJobs(paused))
                : List.of(
                        Sql.of(
                                "UPDATE %s SET relation = %L::regclass, paused = %s OR NOT %s WHERE relation = %L::regclass",
                                policies(),
                                name(),
                                paused,
                                rested(RETENTION, Sql.of("%L", name())),
                                subject.retired().quoted()),
                        PausedPolicy.remember(
                                subject,
                                Sql.of(
                                        "SELECT %L WHERE %s AND %s",
                                        name(), paused, rested(RETENTION, Sql.of("%L", name())))),
                        carriedJobs(paused));
    }

    /** Before the way back. */
    List<Sql> takeAway() {
        Sql carried = Sql.of(
                "SELECT %I.delete_job(j.job_id) FROM timescaledb_information.jobs AS j WHERE %s AND %s",
                timescaledb.schema(), isOf(subject.name()), rested(CARRIED, new Sql("j.job_id::text")));
        return subject.target().retention().isPresent()
                ? List.of(carried)
                : List.of(
                        Sql.of(
                                "UPDATE %s SET relation = %L::regclass, paused = true WHERE relation = %L::regclass",
                                policies(), subject.retired().quoted(), name()),
                        carried);
    }

    private Sql carriedJobs(boolean paused) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    job record;
                    made integer;
                BEGIN
                %s
                    FOR job IN
                        SELECT j.*, %s AS was_scheduled,
                               CASE j.proc_name
                                    WHEN 'policy_retention' THEN 'add_retention_policy(%%L::regclass, ' ||
                                         CASE WHEN j.config ? 'drop_after' THEN 'drop_after => ' || %s ELSE 'drop_created_before => ' || %s END || ')'
                                    WHEN 'policy_compression' THEN 'add_compression_policy(%%L::regclass, ' ||
                                         CASE WHEN j.config ? 'compress_after' THEN 'compress_after => ' || %s ELSE 'compress_created_before => ' || %s END || ')'
                                    ELSE 'add_reorder_policy(%%L::regclass, ' || quote_literal(j.config ->> 'index_name') || ')' END AS call
                          FROM timescaledb_information.jobs AS j
                         WHERE %s AND j.proc_name IN (%s)
                         ORDER BY j.job_id
                    LOOP
                        EXECUTE format('SELECT %%I.' || job.call, %L, %L) INTO made;
                        PERFORM %I.alter_job(made, schedule_interval => job.schedule_interval, max_runtime => job.max_runtime, max_retries => job.max_retries,
                                             retry_period => job.retry_period, scheduled => job.was_scheduled AND NOT %s,
                                             config => (SELECT n.config || (job.config - 'hypertable_id') FROM timescaledb_information.jobs AS n WHERE n.job_id = made));
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, made::text, %L);
                        IF job.was_scheduled AND %s THEN
                            %s;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                subject.target().compressAfter().isPresent() ? new Sql("") : compression(),
                rested(JOB, new Sql("j.job_id::text")),
                value("drop_after"),
                value("drop_created_before"),
                value("compress_after"),
                value("compress_created_before"),
                isOf(subject.retired()),
                carriedKinds(),
                timescaledb.schema(),
                name(),
                timescaledb.schema(),
                paused,
                objects(),
                PieceRecord.RUN,
                CARRIED,
                "of " + subject.name() + ", as the retired table has it",
                paused,
                PausedPolicy.remember(subject, new Sql("SELECT made::text")));
    }

    private Sql carriedKinds() {
        return new Sql("'policy_reorder'"
                + (subject.target().retention().isPresent() ? "" : ", 'policy_retention'")
                + (subject.target().compressAfter().isPresent() ? "" : ", 'policy_compression'"));
    }

    private static Sql value(String key) {
        return Sql.of(
                "CASE jsonb_typeof(j.config -> %L) WHEN 'number' THEN (j.config ->> %L) || '::bigint' ELSE quote_literal(j.config ->> %L) || '::interval' END",
                key, key, key);
    }

    /** Columns that it segments and orders by; a setting that is not there is TimescaleDB's own choice. */
    private Sql compression() {
        return Sql.of(
                """
                    FOR job IN
                        SELECT concat_ws(', ', 'timescaledb.compress',
                                   'timescaledb.compress_segmentby = ' || quote_literal((SELECT string_agg(quote_ident(s.name), ', ' ORDER BY s.n) FROM unnest(c.segmentby) WITH ORDINALITY AS s(name, n))),
                                   'timescaledb.compress_orderby = ' || quote_literal((
                                       SELECT string_agg(quote_ident(o.name) || CASE WHEN c.orderby_desc[o.n] THEN ' DESC' ELSE ' ASC' END
                                                         || CASE WHEN c.orderby_nullsfirst[o.n] THEN ' NULLS FIRST' ELSE ' NULLS LAST' END, ', ' ORDER BY o.n)
                                         FROM unnest(c.orderby) WITH ORDINALITY AS o(name, n)))) AS settings
                          FROM timescaledb_information.hypertables AS h
                          LEFT JOIN _timescaledb_catalog.compression_settings AS c ON c.relid = %L::regclass
                         WHERE h.hypertable_schema = %L AND h.hypertable_name = %L AND h.compression_enabled
                    LOOP
                        EXECUTE format('ALTER TABLE %%s SET (%%s)', %L, job.settings);
                    END LOOP;""",
                subject.retired().quoted(),
                subject.retired().schema(),
                subject.retired().name(),
                name());
    }

    private Sql note(String kind, Sql identities) {
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, n.identity, %L FROM (%s) AS n (identity)",
                objects(),
                PieceRecord.RUN,
                kind,
                "of " + subject.name() + ", rests until the way back is gone or taken",
                identities);
    }

    private Sql rested(String kind, Sql identity) {
        return Sql.of(
                "EXISTS (SELECT FROM %s AS o WHERE o.run = %s AND o.kind = %L AND o.identity = %s)",
                objects(), PieceRecord.RUN, kind, identity);
    }

    private static Sql isOf(TableName table) {
        return Sql.of("j.hypertable_schema = %L AND j.hypertable_name = %L", table.schema(), table.name());
    }

    private Sql objects() {
        return subject.journalTable("object");
    }

    private Sql policies() {
        return subject.journalTable("retention_policy");
    }

    private String name() {
        return subject.name().quoted();
    }
}
