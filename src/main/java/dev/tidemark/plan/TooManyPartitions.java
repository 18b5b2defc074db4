package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Partition;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Every interval between the oldest and the newest row gets a partition, full or empty: one row of 1970 makes twenty thousand days. */
final class TooManyPartitions implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (Decision.of(situation).strategy() != Strategy.COPY) {
            return Stream.empty();
        }
        return situation.each((target, table) -> Timed.of(target, table).stream()
                .flatMap(timed -> timed.width().stream().flatMap(width -> timed.interval().stream()
                        .flatMap(interval -> judge(
                                interval,
                                width,
                                target.partitioning()
                                        .orElse(Partitioning.DEFAULTS)
                                        .premake(),
                                Pieces.all(table)
                                        .flatMap(p -> p.span().stream())
                                        .filter(s -> s.lowest().isFinite()
                                                && s.highest().isFinite())
                                        .toList(),
                                situation.share(target).map(Share::boundary),
                                table.name().toString())))));
    }

    private static Stream<Finding> judge(
            Interval interval,
            long width,
            int premake,
            List<Partition.Span> spans,
            Optional<Boundary> since,
            String table) {
        if (spans.isEmpty()) {
            return Stream.empty();
        }
        Partition.Span oldest = spans.stream()
                .min((a, b) -> Long.compare(a.lowest().position(), b.lowest().position()))
                .orElseThrow();
        Partition.Span newest = spans.stream()
                .max((a, b) -> Long.compare(a.highest().position(), b.highest().position()))
                .orElseThrow();
        long lowest = since.map(b -> Math.max(b.position(), oldest.lowest().position()))
                .orElse(oldest.lowest().position());
        long number = (newest.highest().position() - lowest) / width + 1 + premake;
        return number <= Partitioning.MOST_AHEAD
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM172",
                        String.format(
                                Locale.ROOT,
                                "%s would have about %,d partitions of %s between its oldest row (%s) and its newest (%s); %,d are possible.",
                                table,
                                number,
                                interval,
                                oldest.lowest().text(),
                                newest.highest().text(),
                                Partitioning.MOST_AHEAD),
                        "Set a longer interval, or delete or correct rows that lie by themselves."));
    }
}
