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
        return wholeDays(width) ? "{table}_p{yyyy}{MM}{dd}" : "{table}_p{yyyy}{MM}{dd}_{HH}0000";
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
                partman.version().startsWith("4.") ? "native" : "range",
                partitioning.premake(),
                subject.target().epoch().map(PartmanSet::unit).orElse("none"),
                wholeDays(subject.chunkInterval()) ? "YYYYMMDD" : "YYYYMMDD_HH24MISS",
                retention.filter(r -> !paused).orElse(new Sql("NULL")),
                partitioning.upkeep().retentionMode() != RetentionMode.DROP,
                partitioning
                        .upkeep()
                        .retentionSchema()
                        .map(s -> Sql.of("%L", s))
                        .orElse(new Sql("NULL"))));
        if (paused) {
            retention.ifPresent(keep -> sql.add(Sql.of(
                    "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, %s)",
                    subject.journalTable("object"), PieceRecord.RUN, KIND, parent(), keep)));
        }
        return sql;
    }

    List<Sql> unregister() {
        return List.of(Sql.of("DELETE FROM %I WHERE parent_table = %L", configuration(partman), parent()));
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
