package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import java.time.Clock;
import java.time.Instant;
import java.util.stream.Stream;

/** The history partition ends after the latest row, so one mistyped year keeps all rows out of partitions of their own until then. */
final class RowFarAhead implements HistoryRule {
    private final Clock clock;

    RowFarAhead(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Timed.of(target, table).stream()
                .flatMap(timed -> timed.width().stream().flatMap(width -> far(target, table, timed.type(), width)
                        .map(span -> finding(table, span)))));
    }

    private Stream<Partition.Span> far(ConversionTarget target, Table table, TimeType type, long width) {
        Instant now = clock.instant();
        long seconds = type.length(new Interval(0, 0, 1_000_000L), target.epoch());
        long furthest =
                Math.max(type.length(HistoryPartition.FAR, target.epoch()), HistoryPartition.FAR_INTERVALS * width);
        return Pieces.all(table)
                .flatMap(piece -> piece.span().stream())
                .filter(span -> span.highest().isFinite()
                        && span.highest().position() > now.getEpochSecond() * seconds + furthest);
    }

    private static Finding finding(Table table, Partition.Span span) {
        return Finding.blocking(
                "TM172",
                "Rows of " + table.name() + " go on until " + span.highest().text()
                        + "; the history partition would hold all rows until then.",
                "Delete or correct rows that lie by themselves, or take strategy=\"copy\".");
    }
}
