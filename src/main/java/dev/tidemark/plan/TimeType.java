package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import java.util.Optional;

/** The types a time column can have, and how their values are written. */
enum TimeType {
    TIMESTAMPTZ("timestamp with time zone", "timestamptz"),
    TIMESTAMP("timestamp without time zone", "timestamp"),
    DATE("date", "date"),
    BIGINT("bigint", "int8"),
    INTEGER("integer", "int4"),
    SMALLINT("smallint", "int2");

    private static final long MICROS_PER_SECOND = 1_000_000L;

    private final String printed;
    private final String cast;

    TimeType(String printed, String cast) {
        this.printed = printed;
        this.cast = cast;
    }

    /** The type of a column, if it is one of these; a precision like {@code timestamp(3)} does not matter. */
    static Optional<TimeType> of(Column column) {
        String withoutPrecision = column.type().replaceAll("\\(\\d\\)", "");
        for (TimeType type : values()) {
            if (type.printed.equals(withoutPrecision)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Whether its values are numbers that need a unit. */
    boolean isInteger() {
        return this == BIGINT || this == INTEGER || this == SMALLINT;
    }

    /** The greatest length of a chunk in its own units. */
    long greatest() {
        return switch (this) {
            case INTEGER -> Integer.MAX_VALUE;
            case SMALLINT -> Short.MAX_VALUE;
            default -> Long.MAX_VALUE;
        };
    }

    /** The name to cast to; qualified, so one of the catalog's: {@code pg_catalog.bigint} is none. */
    Sql cast() {
        return new Sql("pg_catalog." + cast);
    }

    /** A finite bound as a typed literal. */
    Sql literal(Bound bound) {
        return Sql.of("%L::%s", bound.text(), cast());
    }

    /** A bound as it stands in FOR VALUES FROM (…): a literal, MINVALUE or MAXVALUE. */
    Sql partitionBound(Bound bound) {
        return bound.isFinite()
                ? Sql.of("%L", bound.text())
                : new Sql(bound.equals(Bound.MINVALUE) ? "MINVALUE" : "MAXVALUE");
    }

    /** An interval's length in units of {@link Bound#position()}: microseconds for times, the column's own unit for integers. */
    long length(Interval interval, Optional<Epoch> epoch) {
        if (!isInteger()) {
            return interval.roughMicroseconds();
        }
        long perSecond = epoch.orElseThrow(
                        () -> new IllegalArgumentException("an integer time column needs its epoch unit"))
                .perSecond();
        return perSecond >= MICROS_PER_SECOND
                ? Math.multiplyExact(interval.roughMicroseconds(), perSecond / MICROS_PER_SECOND)
                : interval.roughMicroseconds() / (MICROS_PER_SECOND / perSecond);
    }

    /** A chunk interval as create_hypertable takes it. */
    Sql chunkInterval(Interval interval, Optional<Epoch> epoch) {
        return isInteger()
                ? Sql.of("%s::bigint", length(interval, epoch))
                : Sql.of("%L::pg_catalog.interval", interval.toString());
    }

    /** SQL that turns a position (an expression of type bigint) into text that this type reads. */
    Sql textOfPosition(Sql position) {
        return switch (this) {
            case TIMESTAMPTZ -> Sql.of("(timestamptz 'epoch' + %s * interval '1 microsecond')::text", position);
            case TIMESTAMP -> Sql.of("(timestamp 'epoch' + %s * interval '1 microsecond')::text", position);
            case DATE -> Sql.of("(timestamp 'epoch' + %s * interval '1 microsecond')::date::text", position);
            case BIGINT, INTEGER, SMALLINT -> Sql.of("(%s)::text", position);
        };
    }

    /**
     * SQL that turns a position (an expression of type bigint) into a value of this type: immutable, so that of a position that is a literal the planner makes
     * one too, and leaves out chunks and partitions that cannot match.
     */
    Sql valueOfPosition(Sql position) {
        return switch (this) {
            case TIMESTAMPTZ ->
                Sql.of("(timestamp 'epoch' + %s * interval '1 microsecond') AT TIME ZONE 'UTC'", position);
            case TIMESTAMP -> Sql.of("(timestamp 'epoch' + %s * interval '1 microsecond')", position);
            case DATE -> Sql.of("(timestamp 'epoch' + %s * interval '1 microsecond')::pg_catalog.date", position);
            case BIGINT, INTEGER, SMALLINT -> Sql.of("(%s)::%s", position, cast());
        };
    }

    /** SQL that turns a value of this type into its position. */
    Sql positionOf(Sql value) {
        return switch (this) {
            case TIMESTAMPTZ, TIMESTAMP, DATE -> Sql.of("(extract(epoch from %s) * 1000000)::bigint", value);
            case BIGINT, INTEGER, SMALLINT -> Sql.of("(%s)::bigint", value);
        };
    }
}
