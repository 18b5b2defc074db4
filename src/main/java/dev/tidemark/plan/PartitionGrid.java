package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Makes the partitions that are missing, from the oldest row to so many intervals ahead of now and of the latest row, by the calendar of a zone: a day
 * of its summer time has 23 hours. The calendar is that of the functions which look after the partitions later.
 */
final class PartitionGrid {
    private final CopySubject subject;
    private final TimeType type;
    private final Interval interval;
    private final String zone;

    PartitionGrid(CopySubject subject) {
        this.subject = subject;
        this.type = subject.subject().timeType();
        this.interval = subject.subject().chunkInterval();
        this.zone = subject.partitioning().timeZone();
    }

    /** From the oldest row on. */
    Sql create() {
        return create(
                Sql.of(
                        """
                SELECT %s, %s INTO beginning, ending FROM (SELECT min(s.%I) AS first, max(s.%I) AS last FROM %I AS s WHERE %s%s) AS b;
                    beginning := least(beginning, %s%s);
                    ending := greatest(ending, %s) + %s * step;""",
                        floor(earliest("b.first")),
                        floor(local("b.last")),
                        subject.subject().timeColumnName(),
                        subject.subject().timeColumnName(),
                        subject.name(),
                        type.isInteger()
                                ? new Sql("true")
                                : Sql.of("isfinite(s.%I)", subject.subject().timeColumnName()),
                        subject.since().map(b -> Sql.of(" AND %s", b.kept("s"))).orElse(new Sql("")),
                        floor(now()),
                        subject.since()
                                .map(b -> Sql.of(", %s", floor(local(b.value()))))
                                .orElse(new Sql("")),
                        floor(now()),
                        subject.partitioning().premake()),
                Stream.of(Autovacuum.OFF).filter(o -> Autovacuum.isKeptAway(subject)));
    }

    /** From a bound on, at which a partition ends: the text of it, or a query for that in parentheses. They stay empty until the application uses them. */
    Sql createFrom(Sql bound) {
        return create(
                Sql.of(
                        """
                beginning := %s;
                    ending := greatest(%s, beginning) + %s * step;""",
                        local(Sql.of("%s::%s", bound, type.cast()).text()),
                        floor(now()),
                        subject.partitioning().premake()),
                Stream.empty());
    }

    private Sql create(Sql ends, Stream<String> furtherOptions) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    step CONSTANT interval := %L;
                    beginning timestamp;
                    ending timestamp;
                BEGIN
                    %s
                    IF extract(epoch FROM ending - beginning) / extract(epoch FROM step) > %s THEN
                        RAISE EXCEPTION 'rows of %%, with those ahead, go from %% to %%; more than %s partitions would be needed', %L, beginning, ending
                            USING ERRCODE = 'TM172', HINT = 'Correct or delete the row that lies by itself, then run the same change again; or take the conversion back, and set a longer interval.';
                    END IF;
                    PERFORM FROM %I(%L::regclass, step, %s, %L, %L, %L, ARRAY[%s]::text[], beginning, ending, NULL);
                END
                $tidemark$""",
                interval.toString(),
                ends,
                Partitioning.MOST_AHEAD,
                Partitioning.MOST_AHEAD,
                subject.name().toString(),
                function("fill_partitions"),
                subject.copy().quoted(),
                epoch(),
                zone,
                subject.name().name(),
                subject.partitioning().namePattern(interval),
                // Storage parameters belong to what stores.
                Sql.join(
                        ", ",
                        Stream.concat(subject.table().options().stream(), furtherOptions)
                                .map(o -> Sql.of("%L", o))
                                .toList()));
    }

    private TableName function(String name) {
        return new TableName(subject.subject().journal(), name);
    }

    private Sql epoch() {
        return subject.subject()
                .target()
                .epoch()
                .map(e -> Sql.of("%L", e.name().toLowerCase(Locale.ROOT)))
                .orElse(new Sql("NULL"));
    }

    /** The present moment as local time. */
    Sql now() {
        return Sql.of("(now() AT TIME ZONE %L)", zone);
    }

    /** A value of the time column as local time. */
    Sql local(String value) {
        return switch (type) {
            case TIMESTAMPTZ -> Sql.of("(%s AT TIME ZONE %L)", new Sql(value), zone);
            case TIMESTAMP, DATE -> Sql.of("%s::timestamp", new Sql(value));
            case BIGINT, INTEGER, SMALLINT ->
                Sql.of(
                        "(to_timestamp(%s::numeric / %s) AT TIME ZONE %L)",
                        new Sql(value),
                        subject.subject().target().epoch().orElseThrow().perSecond(),
                        zone);
        };
    }

    /** A local time by which the partition is found that a value lies in, where the clock shows its hour twice too. */
    private Sql earliest(String value) {
        return type == TimeType.TIMESTAMP || type == TimeType.DATE
                ? local(value)
                : Sql.of(
                        "%I(%s, %L)",
                        function("local_time"),
                        type == TimeType.TIMESTAMPTZ
                                ? new Sql(value)
                                : Sql.of(
                                        "to_timestamp(%s::numeric / %s)",
                                        new Sql(value),
                                        subject.subject()
                                                .target()
                                                .epoch()
                                                .orElseThrow()
                                                .perSecond()),
                        zone);
    }

    /** Local time as the text of a bound. */
    Sql bound(String local) {
        return Sql.of(
                "%I(%s, %L, %L, %s)",
                function("local_bound"), new Sql(local), type.cast().text(), zone, epoch());
    }

    /** Makes one, of a table that nobody uses yet: a call for PERFORM that takes the variables {@code parent, part, low, high}. */
    Sql make() {
        return Sql.of(
                "%I(parent, part, low, high, ARRAY[%s]::text[], false)",
                function("make_partition"),
                Sql.join(
                        ", ",
                        subject.table().options().stream()
                                .map(o -> Sql.of("%L", o))
                                .toList()));
    }

    /** The name, taken by nobody yet, of a partition that begins at the local time in the variable {@code beginning}. */
    Sql name() {
        return Sql.of(
                "%I((SELECT oid FROM pg_namespace WHERE nspname = %L), %L, %L, beginning)",
                function("partition_name"),
                subject.name().schema(),
                subject.name().name(),
                subject.partitioning().namePattern(interval));
    }

    /** The beginning of the interval that a local time lies in. */
    Sql floor(Sql local) {
        return Sql.of("%I(%s, %L)", function("interval_start"), local, interval.toString());
    }
}
