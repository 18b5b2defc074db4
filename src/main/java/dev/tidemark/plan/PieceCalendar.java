package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import java.util.Optional;

/**
 * How values of a column and lines of a calendar become each other, as SQL. A line is a local time in a zone; of plain numbers, a number.
 *
 * @param type the type of the column
 * @param width from one line to the next; of plain numbers, microseconds
 * @param zone the zone whose days and months they follow
 * @param epoch the unit of an integer; empty for plain numbers
 */
record PieceCalendar(TimeType type, Interval width, String zone, Optional<Epoch> epoch) {
    private boolean numbers() {
        return type.isInteger() && epoch.isEmpty();
    }

    /** The line that a value is at. */
    Sql line(Sql value) {
        if (numbers()) {
            return Sql.of("%s::numeric", value);
        }
        return switch (type) {
            case TIMESTAMPTZ -> Sql.of("(%s AT TIME ZONE %L)", value, zone);
            case TIMESTAMP, DATE -> Sql.of("%s::timestamp", value);
            case BIGINT, INTEGER, SMALLINT ->
                // In whole microseconds, which a double holds; of seconds with a fraction the last would be rounded up.
                Sql.of(
                        "((timestamptz 'epoch' + floor(%s::numeric * 1000000 / %s)::double precision * interval '1 microsecond') AT TIME ZONE %L)",
                        value, perSecond(), zone);
        };
    }

    /** The value at a line; NULL where the type does not reach it. */
    Sql value(Sql line) {
        if (numbers()) {
            return counted(line);
        }
        return switch (type) {
            case TIMESTAMPTZ -> moment(line);
            case TIMESTAMP -> Sql.of("(%s)", line);
            case DATE -> Sql.of("(%s)::date", line);
            case BIGINT, INTEGER, SMALLINT ->
                counted(Sql.of("floor(extract(epoch from %s) * %s)", moment(line), perSecond()));
        };
    }

    /**
     * Lines within a day that the clocks leave out are at the moment at which they do: AT TIME ZONE alone would put them behind later ones. Not a function of
     * the journal, because it is asked before there is one.
     */
    private Sql moment(Sql line) {
        return width.microseconds() == 0
                ? Sql.of("((%s) AT TIME ZONE %L)", line, zone)
                : Sql.of(
                        """
                        (SELECT CASE WHEN m.shown = m.line THEN m.at
                                     ELSE coalesce((SELECT min(a) FROM generate_series(m.at - (m.shown - m.line), m.at, interval '1 minute') AS a WHERE m.shown - (a AT TIME ZONE %L) = m.at - a), m.at) END
                           FROM (SELECT l.line, l.line AT TIME ZONE %L AS at, l.line AT TIME ZONE %L AT TIME ZONE %L AS shown FROM (SELECT (%s) AS line) AS l) AS m)""",
                        zone, zone, zone, zone, line);
    }

    private Sql counted(Sql number) {
        return Sql.of(
                "(CASE WHEN %s BETWEEN %s AND %s THEN (%s)::%s END)",
                number, new Sql("-" + type.greatest() + " - 1"), type.greatest(), number, integer());
    }

    /**
     * The line at which the partition begins that a value lies in, if its clock shows {@code floor} or later. In the hour that a clock shows twice,
     * PostgreSQL means the second one where it is given the time, so what is in the first one still belongs to the partition before.
     */
    Sql beginning(Sql floor, Sql value) {
        boolean clocks = type == TimeType.TIMESTAMPTZ || (type.isInteger() && !numbers());
        return clocks
                ? Sql.of("CASE WHEN %s > %s THEN %s ELSE %s END", value(floor), value, before(floor), floor)
                : floor;
    }

    /** Of a range; smallint has none. */
    private Sql integer() {
        return type == TimeType.BIGINT ? type.cast() : TimeType.INTEGER.cast();
    }

    private long perSecond() {
        return epoch.orElseThrow().perSecond();
    }

    Sql next(Sql line) {
        return Sql.of("%s + %s", line, step());
    }

    Sql before(Sql line) {
        return Sql.of("%s - %s", line, step());
    }

    Sql step() {
        return numbers() ? Sql.of("%s::numeric", width.microseconds()) : Sql.of("%L::interval", width.toString());
    }

    /**
     * The last grid line that is not after a line.
     *
     * @param anchor a line that is on the grid; months have one by themselves
     */
    Sql floor(Sql line, Optional<Sql> anchor) {
        if (numbers()) {
            Sql from = anchor.orElse(new Sql("0"));
            return Sql.of("(%s + floor((%s - %s) / %s) * %s)", from, line, from, step(), step());
        }
        if (width.months() > 0) {
            return Sql.of(
                    "(timestamp '2000-01-01' + (floor(((extract(year from %s) - 2000) * 12 + extract(month from %s) - 1) / %s) * %s)::integer * interval '1 month')",
                    line, line, width.months(), width.months());
        }
        // Monday, 3 January 2000: weeks begin on Mondays unless those that are there begin elsewhere.
        return Sql.of("date_bin(%s, %s, %s)", step(), line, anchor.orElse(new Sql("timestamp '2000-01-03'")));
    }
}
