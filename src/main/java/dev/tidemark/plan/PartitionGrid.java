package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/**
 * Makes the partitions that are missing, from the oldest row to so many intervals ahead of now and of the latest row, by the calendar of a zone: a day
 * of its summer time has 23 hours.
 *
 * <p>Which there are is asked of the catalog by their bounds, never by their names.
 */
final class PartitionGrid {
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final int MONTHS_A_YEAR = 12;

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
        return create(Sql.of(
                """
                SELECT %s, %s INTO beginning, ending FROM (SELECT min(s.%I) AS first, max(s.%I) AS last FROM %I AS s WHERE %s) AS b;
                    beginning := least(beginning, %s);
                    ending := greatest(ending, %s) + %s * step;""",
                floor(local("b.first")),
                floor(local("b.last")),
                subject.subject().timeColumnName(),
                subject.subject().timeColumnName(),
                subject.name(),
                type.isInteger()
                        ? new Sql("true")
                        : Sql.of("isfinite(s.%I)", subject.subject().timeColumnName()),
                floor(now()),
                floor(now()),
                subject.partitioning().premake()));
    }

    /** From a bound on, at which a partition ends: the text of it, or a query for that in parentheses. */
    Sql createFrom(Sql bound) {
        return create(Sql.of(
                """
                beginning := %s;
                    ending := greatest(%s, beginning) + %s * step;""",
                local(Sql.of("%s::%s", bound, type.cast()).text()),
                floor(now()),
                subject.partitioning().premake()));
    }

    private Sql create(Sql ends) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    parent CONSTANT regclass := %L::regclass;
                    step CONSTANT interval := %L;
                    beginning timestamp;
                    ending timestamp;
                    next timestamp;
                    low text;
                    high text;
                    part text;
                    attempt integer;
                    option text;
                BEGIN
                    %s
                    IF extract(epoch FROM ending - beginning) / extract(epoch FROM step) > %s THEN
                        RAISE EXCEPTION 'rows of %%, with those ahead, go from %% to %%; more than %s partitions would be needed', %L, beginning, ending
                            USING ERRCODE = 'TM172', HINT = 'Correct or delete the row that lies by itself, then run the same change again; or take the conversion back, and set a longer interval.';
                    END IF;
                    WHILE beginning <= ending
                    LOOP
                        next := beginning + step;
                        low := %s;
                        high := %s;
                        IF NOT EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                                        WHERE i.inhparent = parent
                                          AND translate(pg_get_expr(c.relpartbound, c.oid), $q$'()$q$, '') = format('FOR VALUES FROM %%s TO %%s', low, high)) THEN
                            attempt := 1;
                            LOOP
                                part := %s;
                                EXIT WHEN to_regclass(format('%%I.%%I', %L, part)) IS NULL;
                                attempt := attempt + 1;
                            END LOOP;
                            EXECUTE format('CREATE TABLE %%I.%%I PARTITION OF %%s FOR VALUES FROM (%%L) TO (%%L)', %L, part, parent, low, high);
                            EXECUTE format('ALTER TABLE %%I.%%I OWNER TO %%I', %L, part, %L);
                %s
                        END IF;
                        beginning := next;
                    END LOOP;
                END
                $tidemark$""",
                subject.copy().quoted(),
                interval.toString(),
                ends,
                Partitioning.MOST_AHEAD,
                Partitioning.MOST_AHEAD,
                subject.name().toString(),
                bound("beginning"),
                bound("next"),
                name(),
                subject.name().schema(),
                subject.name().schema(),
                subject.name().schema(),
                subject.table().owner(),
                options());
    }

    /** Storage parameters belong to what stores. */
    private Sql options() {
        return Sql.join(
                "\n",
                Stream.concat(
                                subject.table().options().stream(),
                                Stream.of(Autovacuum.OFF).filter(o -> Autovacuum.isKeptAway(subject)))
                        .map(o -> Sql.of(
                                "EXECUTE format('ALTER TABLE %%I.%%I SET (%%s)', %L, part, %L);",
                                subject.name().schema(), o))
                        .toList());
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

    /** Local time as the text of a bound. */
    Sql bound(String local) {
        return switch (type) {
            case TIMESTAMPTZ -> Sql.of("(%s AT TIME ZONE %L)::text", new Sql(local), zone);
            case TIMESTAMP -> new Sql(local + "::text");
            case DATE -> new Sql(local + "::date::text");
            case BIGINT, INTEGER, SMALLINT ->
                Sql.of(
                        "floor(extract(epoch from %s AT TIME ZONE %L) * %s)::bigint::text",
                        new Sql(local),
                        zone,
                        subject.subject().target().epoch().orElseThrow().perSecond());
        };
    }

    /** The beginning of the interval that a local time lies in. */
    Sql floor(Sql local) {
        if (interval.months() > 0) {
            return Sql.of(
                    "(timestamp '2000-01-01' + (floor(((extract(year from %s) - 2000) * 12 + extract(month from %s) - 1) / %s) * %s)::integer * interval '1 month')",
                    local, local, interval.months(), interval.months());
        }
        // Monday, 3 January 2000: weeks begin on Mondays.
        return Sql.of("date_bin(%L, %s, timestamp '2000-01-03')", interval.toString(), local);
    }

    /** An expression for the partition's name; takes {@code beginning} and {@code attempt}. */
    private Sql name() {
        String pattern = subject.partitioning().partitionName().orElseGet(this::usualPattern);
        String suffix = pattern.replace("{table}", "");
        if (!pattern.startsWith("{table}")) {
            suffix = pattern;
        }
        String table = pattern.startsWith("{table}")
                ? RetiredNames.cut(
                        subject.name().name(),
                        63 - suffix.replaceAll("[{}]", "").length() - 3)
                : "";
        Sql text = Sql.of("%L", table + suffix);
        for (String[] field : new String[][] {
            {"{yyyy}", "YYYY"}, {"{MM}", "MM"}, {"{dd}", "DD"}, {"{HH}", "HH24"}, {"{Q}", "Q"}, {"{ww}", "IW"}
        }) {
            text = Sql.of("replace(%s, %L, to_char(beginning, %L))", text, field[0], field[1]);
        }
        return Sql.of("%s || CASE WHEN attempt > 1 THEN '_' || attempt ELSE '' END", text);
    }

    private String usualPattern() {
        if (interval.months() > 0) {
            return interval.months() % MONTHS_A_YEAR == 0 ? "{table}_y{yyyy}" : "{table}_y{yyyy}m{MM}";
        }
        return interval.microseconds() % MICROS_PER_DAY == 0
                ? "{table}_y{yyyy}m{MM}d{dd}"
                : "{table}_y{yyyy}m{MM}d{dd}h{HH}";
    }
}
