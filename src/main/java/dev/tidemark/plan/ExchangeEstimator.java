package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Partition;
import java.time.Duration;
import java.util.List;

/**
 * Foretells what the exchange of a partition takes: what its copy takes, and a window that grows with the new partitions. Where the table has foreign keys, attaching
 * them reads their rows once, which is the one thing in it that grows with the rows.
 */
final class ExchangeEstimator {
    private static final Duration FIXED = Duration.ofMillis(80);
    /** Detached from one table, attached to another with its indexes, and triggers made: 4 ms on a busy server of two cores. */
    private static final Duration PER_PIECE = Duration.ofMillis(4);
    /** 174 ms for 400,000 rows, and as much again on a busy server. */
    private static final double CHECKED_ROWS_PER_SECOND = 1_200_000;
    /** A row of a usual size, where nobody counted. */
    private static final long ROW_BYTES = 100;

    private final Exchange exchange;
    private final Situation situation;

    ExchangeEstimator(Exchange exchange, Situation situation) {
        this.exchange = exchange;
        this.situation = situation;
    }

    Estimate estimate() {
        Estimate copy = new CopyEstimator(List.of(exchange.copied()), situation).estimate();
        List<WindowEstimate> windows = copy.windows().stream()
                .map(window -> window.step().equals(Step.CUTOVER)
                        ? new WindowEstimate(
                                Step.CUTOVER,
                                window(),
                                List.of(
                                        exchange.table().toString(),
                                        exchange.part().toString()))
                        : window)
                .toList();
        return new Estimate(
                windows,
                copy.online(),
                copy.walBytes(),
                copy.diskBytes(),
                copy.locks(),
                copy.lockCapacity(),
                copy.readBytesPerSecond());
    }

    private Duration window() {
        long pieces = exchange.copied().pieces().orElse(1);
        int keys = exchange.whole().table().foreignKeys().size();
        Partition place = exchange.place();
        long rows = place.span().map(Partition.Span::rows).orElse(place.size().heapBytes() / ROW_BYTES);
        return FIXED.plus(PER_PIECE.multipliedBy(pieces))
                .plus(Duration.ofMillis(Math.round(1000.0 * keys * rows / CHECKED_ROWS_PER_SECOND)));
    }
}
