package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Partition;
import java.time.Duration;
import java.util.List;

/**
 * Foretells what the exchange of a partition takes: what its copy takes, and a window that grows with the new partitions. Where the table has foreign keys, attaching
 * partitions reads their rows once for each; where that would take long, the keys rest.
 */
final class ExchangeEstimator {
    private static final Duration FIXED = Duration.ofMillis(80);
    /** Detached from one table, attached to another with its indexes, and triggers made: 4 ms on a busy server of two cores. */
    private static final Duration PER_PIECE = Duration.ofMillis(4);
    /** 174 ms for 400,000 rows, and as much again on a busy server. */
    private static final double CHECKED_ROWS_PER_SECOND = 1_200_000;
    /** Part of maxPause that it may take. */
    private static final int CHECKING_SHARE = 4;
    /** A foreign key of one partition leaves and comes. */
    private static final Duration PER_KEY = Duration.ofMillis(1);
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
                pieces() * (1 + exchange.copied().table().indexes().size()),
                copy.lockCapacity(),
                copy.readBytesPerSecond(),
                copy.steps());
    }

    /** Whether reading the rows for each foreign key takes too much of the window. */
    boolean keysRest() {
        return checking()
                        .multipliedBy(CHECKING_SHARE)
                        .compareTo(situation.options().maxPause())
                > 0;
    }

    private Duration checking() {
        Partition place = exchange.place();
        long rows = place.span().map(Partition.Span::rows).orElse(place.size().heapBytes() / ROW_BYTES);
        return Duration.ofMillis(
                Math.round(1000.0 * exchange.whole().table().foreignKeys().size() * rows / CHECKED_ROWS_PER_SECOND));
    }

    private long pieces() {
        return situation.exchange().pieces().orElse(exchange.copied().pieces().orElse(1));
    }

    private Duration window() {
        long pieces = pieces();
        Duration keys = keysRest()
                ? PER_KEY.multipliedBy(exchange.whole().table().foreignKeys().size()
                        * (pieces
                                + ExchangedPart.children(exchange.whole().table())
                                        .size()))
                : checking();
        return FIXED.plus(PER_PIECE.multipliedBy(pieces)).plus(keys);
    }
}
