package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A converted table as a set of pg_partman, version 4 or 5: a row of {@code part_config}. {@code create_parent} would make partitions that overlap the ones
 * that are there.
 */
final class PartmanSet {
    private static final String RENAMED = "renamed for pg_partman";
    private static final String KIND = "paused retention of pg_partman";
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private final Subject subject;
    private final Partitioning partitioning;
    private final Extension partman;
    private final boolean paused;

    PartmanSet(Subject subject, Partitioning partitioning, Extension partman, boolean paused) {
        this.subject = subject;
        this.partitioning = partitioning;
        this.partman = partman;
        this.paused = paused;
    }

    /** The pattern of names that version 4 sorts partitions by; version 5 gives such ones too. */
    static String namePattern(Interval width) {
        return wholeDays(width) ? "{table}_p{yyyy}{MM}{dd}" : "{table}_p{yyyy}{MM}{dd}_{HH}{mm}00";
    }

    private static boolean wholeDays(Interval width) {
        return width.microseconds() % MICROS_PER_DAY == 0;
    }

    /** Its retention waits for finalize where it is paused; making partitions does not. */
    List<Sql> register() {
        List<Sql> sql = new ArrayList<>();
        Optional<Sql> retention = subject.target().retention().map(keep -> Sql.of("%L", keep.toString()));
        sql.add(Sql.of(
                """
                INSERT INTO %I (parent_table, control, partition_interval, partition_type, premake, epoch, infinite_time_partitions, datetime_string, retention, retention_keep_table, retention_schema)
                VALUES (%L, %L, %L, %L, %s, %L, true, %L, %s, %s, %s)""",
                configuration(partman),
                parent(),
                subject.timeColumnName(),
                subject.chunkInterval().toString(),
                isFour() ? "native" : "range",
                partitioning.premake(),
                subject.target().epoch().map(PartmanSet::unit).orElse("none"),
                suffix(),
                retention.filter(r -> !paused).orElse(new Sql("NULL")),
                partitioning.upkeep().retentionMode() != RetentionMode.DROP,
                partitioning
                        .upkeep()
                        .retentionSchema()
                        .map(s -> Sql.of("%L", s))
                        .orElse(new Sql("NULL"))));
        if (isFour()) {
            sql.add(renamed());
        }
        if (paused) {
            retention.ifPresent(keep -> sql.add(Sql.of(
                    "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, %s)",
                    subject.journalTable("object"), PieceRecord.RUN, KIND, parent(), keep)));
        }
        return sql;
    }

    /** Takes it off the list; partitions have their names back. */
    List<Sql> unregister() {
        return List.of(
                Sql.of("DELETE FROM %I WHERE parent_table = %L", configuration(partman), parent()),
                Sql.of(
                        """
                        DO $tidemark$
                        DECLARE
                            part record;
                        BEGIN
                            FOR part IN
                                SELECT o.identity, o.purpose FROM %s AS o
                                 WHERE o.run = %s AND o.kind = %L AND to_regclass(o.identity) IN (SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = %L::regclass)
                            LOOP
                                EXECUTE format('ALTER TABLE %%s RENAME TO %%I', part.identity, part.purpose);
                            END LOOP;
                            DELETE FROM %s AS o WHERE o.run = %s AND o.kind IN (%L, %L);
                        END
                        $tidemark$""",
                        subject.journalTable("object"),
                        PieceRecord.RUN,
                        RENAMED,
                        subject.name().quoted(),
                        subject.journalTable("object"),
                        PieceRecord.RUN,
                        RENAMED,
                        KIND));
    }

    /** Runs its maintenance of this table. */
    Sql maintain() {
        return Sql.of(
                "SELECT %I(p_parent_table => %L, p_analyze => false)",
                new TableName(partman.schema(), "run_maintenance"), parent());
    }

    private boolean isFour() {
        return partman.version().startsWith("4.");
    }

    private String suffix() {
        return wholeDays(subject.chunkInterval()) ? "YYYYMMDD" : "YYYYMMDD_HH24MISS";
    }

    /** Whether partitions can get other names, for which each is locked, readers included. */
    boolean renames() {
        return isFour();
    }

    /** A statement of a block: locks those that {@link #register} will rename, all at once and in the order in which queries do. */
    Sql lockRenamed() {
        return lock(Sql.of("SELECT p.name, p.lower FROM (%s) AS p WHERE p.old_name <> p.new_name", names()));
    }

    /** The same before {@link #unregister}. */
    Sql lockRenamedBack() {
        return lock(Sql.of(
                "SELECT to_regclass(o.identity) AS name, o.identity AS lower FROM %s AS o WHERE o.run = %s AND o.kind = %L AND to_regclass(o.identity) IN (SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = %L::regclass)",
                subject.journalTable("object"),
                PieceRecord.RUN,
                RENAMED,
                subject.name().quoted()));
    }

    private static Sql lock(Sql parts) {
        return Sql.of(
                "EXECUTE coalesce((SELECT 'LOCK TABLE ' || string_agg(p.name::text, ', ' ORDER BY p.lower) || ' IN ACCESS EXCLUSIVE MODE' FROM (%s) AS p), 'SELECT')",
                parts);
    }

    private Sql names() {
        return Sql.of(
                """
                SELECT c.oid::regclass AS name, n.nspname AS schema, c.relname AS old_name, left(%L, 61 - length(t.suffix)) || '_p' || t.suffix AS new_name, b.lower
                          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         CROSS JOIN LATERAL (%s) AS b
                         CROSS JOIN LATERAL (SELECT to_char(%s, %L) AS suffix) AS t
                         WHERE i.inhparent = %L::regclass AND b.bounds IS NOT NULL""",
                subject.name().name(),
                PieceList.bounds(subject.timeType(), "c"),
                beginning(),
                suffix(),
                subject.name().quoted());
    }

    /** Version 4 finds the partitions that are there by their names; those that have others get its own. */
    private Sql renamed() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part record;
                BEGIN
                    FOR part IN
                        %s
                    LOOP
                        CONTINUE WHEN part.old_name = part.new_name;
                        EXECUTE format('ALTER TABLE %%s RENAME TO %%I', part.name, part.new_name);
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, format('%%I.%%I', part.schema, part.new_name), part.old_name);
                    END LOOP;
                END
                $tidemark$""",
                names(), subject.journalTable("object"), PieceRecord.RUN, RENAMED);
    }

    /** Local time of a bound's position {@code b.lower}. */
    private Sql beginning() {
        return switch (subject.timeType()) {
            case TIMESTAMPTZ ->
                Sql.of(
                        "(timestamptz 'epoch' + b.lower * interval '1 microsecond') AT TIME ZONE %L",
                        partitioning.timeZone());
            case TIMESTAMP, DATE -> new Sql("timestamp 'epoch' + b.lower * interval '1 microsecond'");
            case BIGINT, INTEGER, SMALLINT ->
                Sql.of(
                        "to_timestamp((b.lower::numeric / %s)::double precision) AT TIME ZONE %L",
                        subject.target().epoch().orElseThrow().perSecond(), partitioning.timeZone());
        };
    }

    /** What finalize lets begin. */
    static Sql start(String runId, String journal, Extension partman) {
        return Sql.of(
                "UPDATE %I AS managed SET retention = paused.purpose FROM %I AS paused WHERE paused.run = %L AND paused.kind = %L AND managed.parent_table = paused.identity",
                configuration(partman), new TableName(journal, "object"), runId, KIND);
    }

    private static TableName configuration(Extension partman) {
        return new TableName(partman.schema(), "part_config");
    }

    /** As pg_partman writes names: without quotes. */
    private String parent() {
        return subject.name().schema() + "." + subject.name().name();
    }

    private static String unit(Epoch epoch) {
        return switch (epoch) {
            case S -> "seconds";
            case MS -> "milliseconds";
            case US -> "microseconds";
            case NS -> "nanoseconds";
        };
    }
}
