package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Chunks of one dimension do not overlap, and none is empty from end to start (facts 1.6: accepted, then garbage in the catalog). */
final class OverlappingRanges implements ZeroCopyRule {
    /** So many are named; where there are hundreds, the others are only counted. */
    private static final int NAMED = 3;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<Partition> detached = situation.options().includeDetached() ? Pieces.detached(table) : List.of();
            List<Partition> pieces = Stream.concat(
                            Pieces.leafPartitions(table).stream(),
                            detached.stream().filter(p -> !isUnknown(p)))
                    .sorted(Comparator.comparing(p -> p.range().lower()))
                    .toList();
            List<Finding> unusable = Stream.concat(
                            pieces.stream().flatMap(OverlappingRanges::empty),
                            IntStream.range(1, pieces.size())
                                    .boxed()
                                    .flatMap(i -> overlap(pieces.get(i - 1), pieces.get(i))))
                    .toList();
            return Stream.of(
                            unknown(detached.stream()
                                    .filter(OverlappingRanges::isUnknown)
                                    .toList()),
                            unusable.stream().limit(NAMED),
                            more(table, unusable.size() - NAMED))
                    .flatMap(findings -> findings);
        });
    }

    private static boolean isUnknown(Partition detached) {
        return detached.range().equals(Range.UNBOUNDED);
    }

    private static Stream<Finding> unknown(List<Partition> detached) {
        if (detached.isEmpty()) {
            return Stream.empty();
        }
        if (detached.size() == 1) {
            return Stream.of(Finding.blocking(
                    "TM146",
                    "The range of the detached table " + detached.get(0).name() + " cannot be told from its name.",
                    "Attach it again with its bounds, or set includeDetached=\"false\"."));
        }
        return Stream.of(Finding.blocking(
                "TM146",
                "The ranges of " + detached.size() + " detached tables cannot be told from their names: "
                        + detached.stream()
                                .limit(NAMED)
                                .map(p -> p.name().toString())
                                .collect(Collectors.joining(", "))
                        + (detached.size() > NAMED ? " and " + (detached.size() - NAMED) + " more." : "."),
                "Attach them again with their bounds, or set includeDetached=\"false\"."));
    }

    private static Stream<Finding> empty(Partition piece) {
        return piece.range().lower().compareTo(piece.range().upper()) < 0
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM146",
                        "The range " + piece.range() + " of " + piece.name() + " is empty.",
                        "Detach the partition or drop it."));
    }

    private static Stream<Finding> overlap(Partition earlier, Partition later) {
        return earlier.range().overlaps(later.range())
                ? Stream.of(Finding.blocking(
                        "TM146",
                        "The ranges of " + earlier.name() + " " + earlier.range() + " and " + later.name() + " "
                                + later.range() + " overlap; chunks do not.",
                        "Bring their bounds in line: detach one of them and attach it with narrower bounds."))
                : Stream.empty();
    }

    private static Stream<Finding> more(Table table, int more) {
        return more <= 0
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM146",
                        more + " more ranges of partitions of " + table.name() + " overlap or are empty.",
                        "Bring their bounds in line too; the plan names the next ones once those above are."));
    }
}
