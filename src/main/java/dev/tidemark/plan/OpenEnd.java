package dev.tidemark.plan;

import java.util.stream.Stream;

/** An open end must be closed somewhere: a chunk without an end would take all new rows and never expire. */
final class OpenEnd implements PlannedRule {
    @Override
    public Stream<Finding> judge(Planned planned) {
        return planned.subjects().stream().flatMap(subject -> Stream.concat(heap(subject), partition(subject)));
    }

    private static Stream<Finding> heap(Subject subject) {
        return subject.heapRange().stream()
                .map(range -> Finding.note(
                        "TM148",
                        "All present rows of " + subject.name() + " become one chunk " + range
                                + ": compressed and dropped as a whole, when its end is old enough.",
                        "Rows that come until " + range.upper().text()
                                + " go there too; afterwards chunks follow chunkInterval."));
    }

    private static Stream<Finding> partition(Subject subject) {
        return subject.lastUpper().stream()
                .flatMap(
                        end -> Pieces.leafPartitions(subject.table()).stream()
                                .filter(p -> !p.range().upper().isFinite())
                                .map(
                                        p -> Finding.note(
                                                "TM148",
                                                "Partition " + p.name()
                                                        + " has no upper end (MAXVALUE); as a chunk it ends at "
                                                        + end.text() + ", so that it can expire.",
                                                "Nothing to do; undo gives it back without an end, or with this one where rows lie beyond it: then the newest partition has none.")));
    }
}
