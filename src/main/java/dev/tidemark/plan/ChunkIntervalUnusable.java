package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** TimescaleDB cannot make chunks of that width for that type: whole days for date, at least one unit for integers. */
final class ChunkIntervalUnusable implements HypertableRule {
    private static final long DAY = Interval.parse("1 day").roughMicroseconds();

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> Timed.of(target, table).stream()
                        .flatMap(
                                timed -> timed.interval().stream()
                                        .flatMap(
                                                interval -> problem(timed, interval)
                                                        .map(
                                                                problem -> Finding.blocking(
                                                                        "TM104",
                                                                        "Chunks of " + interval
                                                                                + " cannot be made for column "
                                                                                + Sql.identifier(target.timeColumn())
                                                                                + " of " + table.name() + ": "
                                                                                + problem,
                                                                        timed.type() == TimeType.DATE
                                                                                ? "Set chunkInterval to whole days."
                                                                                : "Set chunkInterval to a length that the column's unit and type can count.")))));
    }

    private static Stream<String> problem(Timed timed, Interval interval) {
        if (timed.type() == TimeType.DATE) {
            return interval.roughMicroseconds() % DAY == 0
                    ? Stream.empty()
                    : Stream.of("its type is date, which knows whole days only.");
        }
        String unit = timed.epoch()
                .map(e -> " (epoch=\"" + e.name().toLowerCase(Locale.ROOT) + "\")")
                .orElse("");
        Optional<Long> width = timed.width();
        if (width.isEmpty()) {
            return Stream.of("that is less than one step of the column" + unit + ", or more than can be counted.");
        }
        return width.get() > timed.type().greatest()
                ? Stream.of("that is " + width.get() + " steps of the column" + unit + ", more than its type holds.")
                : Stream.empty();
    }
}
