package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Optional;
import java.util.stream.Stream;

/** Partitions begin where a calendar has a line: a width that does not divide it would make them begin somewhere else every year or every day. */
final class PartitionWidth implements PartitionsRule {
    private static final int MONTHS_A_YEAR = 12;
    private static final long HOUR = Interval.parse("1 hour").microseconds();
    private static final long DAY = 24 * HOUR;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> Timed.of(target, table).stream().flatMap(timed -> timed.interval().stream()
                        .flatMap(interval -> problem(target, timed, interval).stream()
                                .map(problem -> finding(target, table, interval, problem)))));
    }

    private static Finding finding(ConversionTarget target, Table table, Interval interval, String problem) {
        return Finding.blocking(
                "TM104",
                "Partitions of " + interval + " cannot be made for column " + Sql.identifier(target.timeColumn())
                        + " of " + table.name() + ": " + problem + ".",
                "Set interval to months that divide a year or whole years, to whole days, or to hours that divide a day.");
    }

    private static Optional<String> problem(ConversionTarget target, Timed timed, Interval interval) {
        int months = interval.months();
        if ((months != 0 ? 1 : 0) + (interval.days() != 0 ? 1 : 0) + (interval.microseconds() != 0 ? 1 : 0) > 1) {
            return Optional.of(
                    "months, days and hours cannot be mixed, because none of them has a fixed number of the others");
        }
        if (months != 0 && MONTHS_A_YEAR % months != 0 && months % MONTHS_A_YEAR != 0) {
            return Optional.of("so many months divide no year");
        }
        if (interval.microseconds() != 0
                && (interval.microseconds() % HOUR != 0 || DAY % interval.microseconds() != 0)) {
            return Optional.of("so much divides no day into equal parts of whole hours");
        }
        if (timed.type() == TimeType.DATE && interval.microseconds() % DAY != 0) {
            return Optional.of("its type is date, which knows whole days only");
        }
        if (interval.microseconds() == HOUR && changesItsClocks(target)) {
            return Optional.of(
                    "in that time zone clocks leave out an hour once a year, whose partition would be empty");
        }
        return timed.width().filter(width -> width <= timed.type().greatest()).isPresent()
                ? Optional.empty()
                : Optional.of("its type cannot count that");
    }

    private static boolean changesItsClocks(ConversionTarget target) {
        try {
            return target.partitioning()
                    .filter(p -> !ZoneId.of(p.timeZone()).getRules().isFixedOffset())
                    .isPresent();
        } catch (DateTimeException e) {
            return false;
        }
    }
}
