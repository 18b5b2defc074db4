package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What lies between chunks that become partitions, as {@link ChunkRoom} will find it.
 *
 * @param partitions how many partitions are made there
 * @param open where so many would be needed that none is
 */
record ChunkGaps(long partitions, List<Range> open) {
    ChunkGaps {
        open = List.copyOf(open);
    }

    /** @param width of the partitions, as a position */
    static ChunkGaps of(List<Partition> chunks, long width) {
        List<Range> ranges = chunks.stream()
                .map(Partition::range)
                .sorted(Comparator.comparingLong(r -> r.lower().position()))
                .toList();
        long partitions = 0;
        List<Range> open = new ArrayList<>();
        for (int i = 1; i < ranges.size(); i++) {
            Bound lower = ranges.get(i - 1).upper();
            Bound upper = ranges.get(i).lower();
            if (lower.compareTo(upper) >= 0) {
                continue;
            }
            long missing = Math.floorDiv(upper.position() - 1, width) - Math.floorDiv(lower.position(), width) + 1;
            if (missing > Partitioning.MOST_AHEAD) {
                open.add(new Range(lower, upper));
            } else {
                partitions += missing;
            }
        }
        return new ChunkGaps(partitions, open);
    }
}
