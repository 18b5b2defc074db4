package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.Optional;
import java.util.stream.Stream;

/** Partitions begin where a calendar has a line: a width that does not divide it would make them begin somewhere else every year or every day. */
final class PartitionWidth implements PartitionsRule {
    private static final int MONTHS_A_YEAR = 12;
    private static final long MINUTE = Interval.parse("1 minute").microseconds();
    private static final long DAY = 24 * 60 * MINUTE;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> timed(situation, target, table).stream()
                .flatMap(timed -> timed.interval().stream().flatMap(interval -> problem(timed, interval).stream()
                        .map(problem -> finding(target, table, interval, problem)))));
    }

    /** Of an exchange the partitions that are there tell the width, by the calendar: bounds alone would make a month of them 28 days. */
    private static Optional<Timed> timed(Situation situation, ConversionTarget target, Table table) {
        Optional<Timed> timed = Timed.of(target, table);
        return situation.request().goal().exchanges()
                ? timed.map(t -> new Timed(t.type(), t.epoch(), PresentWidth.of(target, table)))
                : timed;
    }

    private static Finding finding(ConversionTarget target, Table table, Interval interval, String problem) {
        return Finding.blocking(
                "TM104",
                "Partitions of " + interval + " cannot be made for column " + Sql.identifier(target.timeColumn())
                        + " of " + table.name() + ": " + problem + ".",
                "Set interval to months that divide a year or whole years, to whole days, or to hours or minutes that divide a day.");
    }

    private static Optional<String> problem(Timed timed, Interval interval) {
        int months = interval.months();
        if ((months != 0 ? 1 : 0) + (interval.days() != 0 ? 1 : 0) + (interval.microseconds() != 0 ? 1 : 0) > 1) {
            return Optional.of(
                    "months, days and hours cannot be mixed, because none of them has a fixed number of the others");
        }
        if (months != 0 && MONTHS_A_YEAR % months != 0 && months % MONTHS_A_YEAR != 0) {
            return Optional.of("so many months divide no year");
        }
        if (interval.microseconds() != 0
                && (interval.microseconds() % MINUTE != 0 || DAY % interval.microseconds() != 0)) {
            return Optional.of("so much divides no day into equal parts of whole minutes");
        }
        if (timed.type() == TimeType.DATE && interval.microseconds() % DAY != 0) {
            return Optional.of("its type is date, which knows whole days only");
        }
        return timed.width().filter(width -> width <= timed.type().greatest()).isPresent()
                ? Optional.empty()
                : Optional.of("its type cannot count that");
    }
}
