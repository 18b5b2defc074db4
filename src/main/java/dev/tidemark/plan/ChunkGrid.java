package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import java.util.Comparator;
import java.util.stream.Stream;

/** TimescaleDB's grid begins at 1970-01-01 UTC; a chunk that would overlap a partition is cut, so the first new one is a sliver (facts 2). */
final class ChunkGrid implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> Timed.of(target, table).stream().flatMap(timed -> timed.width().stream()
                        .flatMap(width -> lastOffGrid(table, width).map(last -> note(table, timed, width, last)))));
    }

    private static Stream<Partition> lastOffGrid(Table table, long width) {
        return Pieces.leafPartitions(table).stream()
                .filter(p -> p.range().upper().isFinite()
                        && Math.floorMod(p.range().upper().position(), width) != 0)
                .max(Comparator.comparing(p -> p.range().upper()))
                .stream();
    }

    private static Finding note(Table table, Timed timed, long width, Partition last) {
        Bound end = last.range().upper();
        Bound border = Subjects.bound(timed.type(), (Math.floorDiv(end.position(), width) + 1) * width);
        return Finding.note(
                "TM161",
                "Partitions of " + table.name() + " do not lie on TimescaleDB's grid of "
                        + timed.interval().orElseThrow()
                        + " from 1970-01-01 UTC. The chunk after " + last.name() + " will be " + new Range(end, border)
                        + ", later ones follow the grid.",
                "Nothing is lost by it. A chunkInterval whose grid the bounds lie on avoids it.");
    }
}
