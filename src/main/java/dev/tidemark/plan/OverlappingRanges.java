package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Chunks of one dimension do not overlap, and none is empty from end to start (facts 1.6: accepted, then garbage in the catalog). */
final class OverlappingRanges implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<Partition> pieces = Pieces.chunks(situation, table)
                    .filter(p -> !p.name().equals(table.name()))
                    .sorted(Comparator.comparing(p -> p.range().lower()))
                    .toList();
            return Stream.concat(
                    pieces.stream().flatMap(p -> unusable(table, p)),
                    IntStream.range(1, pieces.size()).boxed().flatMap(i -> overlap(pieces.get(i - 1), pieces.get(i))));
        });
    }

    private static Stream<Finding> unusable(Table table, Partition piece) {
        if (Pieces.detached(table).contains(piece) && piece.range().equals(Range.UNBOUNDED)) {
            return Stream.of(Finding.blocking(
                    "TM146",
                    "The range of the detached table " + piece.name() + " cannot be told from its name.",
                    "Attach it again with its bounds, or set includeDetached=\"false\"."));
        }
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
}
