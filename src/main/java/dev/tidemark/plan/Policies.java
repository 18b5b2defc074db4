package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Retention and compression of a new hypertable: TimescaleDB's own policies on the Community edition, our own retention on Apache, which has
 * neither. Created paused unless asked otherwise, so that nothing is dropped or compressed while the way back is open; in one statement, so that the
 * scheduler never sees them running.
 */
final class Policies {
    private final TimescaleDb timescaledb;
    private final OwnRetention own;
    private final boolean paused;

    Policies(Server server, PolicyStart start) {
        this.timescaledb =
                server.timescaledb().orElseThrow(() -> new IllegalStateException("planned without TimescaleDB"));
        this.own = new OwnRetention(server);
        this.paused = start == PolicyStart.AFTER_FINALIZE;
    }

    /** Creates what is asked for. */
    List<Sql> create(Subject subject) {
        List<Sql> sql = new ArrayList<>();
        subject.target().retention().ifPresent(keep -> sql.addAll(retention(subject, keep)));
        if (isCommunity()) {
            subject.target().compressAfter().ifPresent(after -> sql.addAll(compression(subject, after)));
        }
        return sql;
    }

    /** Removes them; leaves data alone. Before the hypertable goes, or nothing could be said about it any more. */
    List<Sql> remove(Subject subject) {
        List<Sql> sql = new ArrayList<>();
        if (subject.target().retention().isPresent()) {
            sql.addAll(
                    isCommunity()
                            ? List.of(Sql.of(
                                    "SELECT %I.remove_retention_policy(%L::regclass, if_exists => true)",
                                    schema(), subject.name().quoted()))
                            : own.remove(subject));
        }
        if (isCommunity() && subject.target().compressAfter().isPresent()) {
            sql.add(Sql.of(
                    "SELECT %I.remove_compression_policy(%L::regclass, if_exists => true)",
                    schema(), subject.name().quoted()));
        }
        return sql;
    }

    /** Lets begin what a conversion paused; for finalize. What somebody else made, or paused himself, stays as it is. */
    List<Sql> start(String runId, String journal) {
        List<Sql> sql = new ArrayList<>(List.of(OwnRetention.start(runId, journal)));
        if (isCommunity()) {
            sql.add(Sql.of(
                    """
                    SELECT %I.alter_job(j.job_id, scheduled => true, next_start => now())
                      FROM timescaledb_information.jobs AS j
                      JOIN %s AS paused ON paused.identity = j.job_id::text
                     WHERE NOT j.scheduled""",
                    schema(), PausedPolicy.of(runId, journal)));
        }
        return sql;
    }

    /**
     * Decompresses chunk by chunk what has been compressed meanwhile, by whomever; nothing else on the way back costs reading and writing. On the
     * Apache edition too, which may have become another one since.
     */
    List<Sql> decompress(Subject subject) {
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    compressed record;
                BEGIN
                    FOR compressed IN
                        SELECT format('%%I.%%I', chunk_schema, chunk_name) AS part
                          FROM timescaledb_information.chunks
                         WHERE hypertable_schema = %L AND hypertable_name = %L AND is_compressed
                    LOOP
                        PERFORM %I.decompress_chunk(compressed.part::regclass);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().schema(), subject.name().name(), schema()));
    }

    private List<Sql> retention(Subject subject, Interval keep) {
        if (!isCommunity()) {
            return own.create(subject, keep, paused);
        }
        List<Sql> sql = new ArrayList<>();
        integerNow(subject).ifPresent(sql::add);
        sql.add(job(
                subject,
                Sql.of(
                        "%I.add_retention_policy(%L::regclass, drop_after => %s)",
                        schema(),
                        subject.name().quoted(),
                        subject.timeType().chunkInterval(keep, subject.target().epoch()))));
        return sql;
    }

    private List<Sql> compression(Subject subject, Interval after) {
        List<Sql> sql = new ArrayList<>();
        integerNow(subject).ifPresent(sql::add);
        List<Sql> settings = new ArrayList<>(List.of(new Sql("timescaledb.compress")));
        if (!subject.target().segmentBy().isEmpty()) {
            settings.add(Sql.of(
                    "timescaledb.compress_segmentby = %L",
                    Sql.of("%I", subject.target().segmentBy()).text()));
        }
        if (!subject.target().orderBy().isEmpty()) {
            settings.add(Sql.of(
                    "timescaledb.compress_orderby = %L",
                    String.join(", ", subject.target().orderBy())));
        }
        sql.add(Sql.of("ALTER TABLE %I SET (%s)", subject.name(), Sql.join(", ", settings)));
        sql.add(job(
                subject,
                Sql.of(
                        "%I.add_compression_policy(%L::regclass, compress_after => %s)",
                        schema(),
                        subject.name().quoted(),
                        subject.timeType().chunkInterval(after, subject.target().epoch()))));
        return sql;
    }

    private Sql job(Subject subject, Sql policy) {
        Sql job = Sql.of("%I.alter_job(%s, scheduled => %s) AS job", schema(), policy, !paused);
        return paused
                ? PausedPolicy.remember(subject, Sql.of("SELECT job.job_id::text FROM %s", job))
                : Sql.of("SELECT job.job_id FROM %s", job);
    }

    /** Policies on integer time need a function that says what "now" is in its unit. */
    private Optional<Sql> integerNow(Subject subject) {
        return subject.target()
                .epoch()
                .map(epoch -> Sql.of(
                        """
                DO $tidemark$
                BEGIN
                    CREATE OR REPLACE FUNCTION %s() RETURNS %s LANGUAGE sql STABLE PARALLEL SAFE
                        AS 'SELECT (extract(epoch from pg_catalog.now()) * %s)::%s';
                    PERFORM %I.set_integer_now_func(%L::regclass, %L::regproc, replace_if_exists => true);
                END
                $tidemark$""",
                        Sql.of("%I", integerNowName(subject, epoch)),
                        subject.timeType().cast(),
                        epoch.perSecond(),
                        subject.timeType().cast(),
                        schema(),
                        subject.name().quoted(),
                        integerNowName(subject, epoch).quoted()));
    }

    private static TableName integerNowName(Subject subject, Epoch epoch) {
        return new TableName(
                subject.journal(),
                "now_" + epoch.name().toLowerCase(java.util.Locale.ROOT) + "_"
                        + subject.timeType().name().toLowerCase(java.util.Locale.ROOT));
    }

    private boolean isCommunity() {
        return timescaledb.edition() == TimescaleDb.Edition.COMMUNITY;
    }

    private String schema() {
        return timescaledb.schema();
    }
}
