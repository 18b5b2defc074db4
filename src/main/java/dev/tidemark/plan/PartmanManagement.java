package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes a table out of pg_partman's maintenance and puts it back.
 *
 * <p>The row is found by the name given at {@code create_parent} time; deleted by another name it would stay and make maintenance fail for the
 * whole database.
 */
final class PartmanManagement {
    private static final String RENAMED = "renamed for pg_partman";
    private static final String RETENTION = "retention of pg_partman";
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private PartmanManagement() {}

    static List<Sql> stop(Extension partman, PartmanConfiguration configuration) {
        List<Sql> sql = new ArrayList<>();
        if (configuration.subRow().isPresent()) {
            sql.add(Sql.of(
                    "DELETE FROM %I WHERE sub_parent = %L",
                    table(partman, "part_config_sub"), configuration.parentTable()));
        }
        sql.add(Sql.of(
                "DELETE FROM %I WHERE parent_table = %L", table(partman, "part_config"), configuration.parentTable()));
        return sql;
    }

    static List<Sql> resume(Extension partman, PartmanConfiguration configuration) {
        List<Sql> sql = new ArrayList<>();
        sql.add(insert(table(partman, "part_config"), configuration.row()));
        configuration.subRow().ifPresent(row -> sql.add(insert(table(partman, "part_config_sub"), row)));
        return sql;
    }

    /**
     * Lets pg_partman manage partitions that are there. Its functions know the table by a name without quotes. Retention begins with finalize where it is
     * paused: {@link #start}.
     */
    static List<Sql> register(Extension partman, Subject subject, Partitioning partitioning, boolean paused) {
        boolean four = partman.version().startsWith("4.");
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                """
                INSERT INTO %I (parent_table, control, partition_type, partition_interval, premake, epoch, datetime_string, retention, retention_keep_table, retention_schema)
                VALUES (%L, %L, %L, %L, %s, %L, %L, %s, %s, %s)""",
                table(partman, "part_config"),
                partmansName(subject.name()),
                subject.timeColumnName(),
                four ? "native" : "range",
                subject.chunkInterval().toString(),
                Math.max(1, partitioning.premake()),
                subject.target().epoch().map(PartmanManagement::unit).orElse("none"),
                suffix(subject.chunkInterval(), four),
                paused ? new Sql("NULL") : literal(subject.target().retention().map(Object::toString)),
                partitioning.upkeep().retentionMode() != RetentionMode.DROP,
                literal(partitioning.upkeep().retentionSchema())));
        if (four) {
            sql.add(renamed(subject, partitioning, suffix(subject.chunkInterval(), true)));
        }
        if (paused) {
            subject.target()
                    .retention()
                    .ifPresent(retention -> sql.add(Sql.of(
                            "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, %L)",
                            subject.journalTable("object"),
                            PieceRecord.RUN,
                            RETENTION,
                            partmansName(subject.name()),
                            retention.toString())));
        }
        return sql;
    }

    /** pg_partman 4 finds the partitions that are there by their names; those that have others get its own, and have them back by {@link #unregister}. */
    private static Sql renamed(Subject subject, Partitioning partitioning, String suffix) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part record;
                BEGIN
                    FOR part IN
                        SELECT c.oid::regclass AS name, n.nspname AS schema, c.relname AS old_name, left(%L, 61 - length(t.suffix)) || '_p' || t.suffix AS new_name
                          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         CROSS JOIN LATERAL (%s) AS b
                         CROSS JOIN LATERAL (SELECT to_char(%s, %L) AS suffix) AS t
                         WHERE i.inhparent = %L::regclass AND b.bounds IS NOT NULL
                    LOOP
                        CONTINUE WHEN part.old_name = part.new_name;
                        EXECUTE format('ALTER TABLE %%s RENAME TO %%I', part.name, part.new_name);
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, format('%%I.%%I', part.schema, part.new_name), part.old_name);
                    END LOOP;
                END
                $tidemark$""",
                subject.name().name(),
                PieceList.bounds(subject.timeType(), "c"),
                beginning(subject, partitioning.timeZone()),
                suffix,
                subject.name().quoted(),
                subject.journalTable("object"),
                PieceRecord.RUN,
                RENAMED);
    }

    /** Local time of a bound's position {@code b.lower}. */
    private static Sql beginning(Subject subject, String zone) {
        return switch (subject.timeType()) {
            case TIMESTAMPTZ ->
                Sql.of("(timestamptz 'epoch' + b.lower * interval '1 microsecond') AT TIME ZONE %L", zone);
            case TIMESTAMP, DATE -> new Sql("timestamp 'epoch' + b.lower * interval '1 microsecond'");
            case BIGINT, INTEGER, SMALLINT ->
                Sql.of(
                        "to_timestamp((b.lower::numeric / %s)::double precision) AT TIME ZONE %L",
                        subject.target().epoch().orElseThrow().perSecond(), zone);
        };
    }

    /** Lets retention begin that a conversion paused; for finalize. */
    static Sql start(Extension partman, String runId, String journal) {
        return Sql.of(
                "UPDATE %I AS c SET retention = o.purpose FROM %I AS o WHERE o.run = %L AND o.kind = %L AND o.identity = c.parent_table",
                table(partman, "part_config"), new TableName(journal, "object"), runId, RETENTION);
    }

    /** Takes it off the list; partitions have their names back. */
    static List<Sql> unregister(Extension partman, Subject subject) {
        return List.of(
                Sql.of(
                        "DELETE FROM %I WHERE parent_table = %L",
                        table(partman, "part_config"), partmansName(subject.name())),
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
                        RETENTION));
    }

    static Sql maintain(Extension partman, TableName name) {
        return Sql.of(
                "SELECT %I(p_parent_table => %L, p_analyze => false)",
                table(partman, "run_maintenance"), partmansName(name));
    }

    private static String partmansName(TableName name) {
        return name.schema() + "." + name.name();
    }

    private static Sql literal(Optional<String> text) {
        return text.map(t -> Sql.of("%L", t)).orElse(new Sql("NULL"));
    }

    private static String unit(Epoch epoch) {
        return switch (epoch) {
            case S -> "seconds";
            case MS -> "milliseconds";
            case US -> "microseconds";
            case NS -> "nanoseconds";
        };
    }

    /** As create_parent of either version would choose it for days, or for less. */
    private static String suffix(Interval width, boolean four) {
        boolean days = width.months() > 0 || width.days() > 0 || width.microseconds() % MICROS_PER_DAY == 0;
        if (four) {
            return days ? "YYYY_MM_DD" : "YYYY_MM_DD_HH24MI";
        }
        return days ? "YYYYMMDD" : "YYYYMMDD_HH24MISS";
    }

    private static Sql insert(TableName table, String row) {
        return Sql.of("INSERT INTO %I SELECT (jsonb_populate_record(NULL::%I, %L::jsonb)).*", table, table, row);
    }

    private static TableName table(Extension partman, String name) {
        return new TableName(partman.schema(), name);
    }
}
