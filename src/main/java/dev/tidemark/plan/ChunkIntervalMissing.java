package dev.tidemark.plan;

import java.util.stream.Stream;

/** Nobody said how wide chunks are to be, and the table does not show it. */
final class ChunkIntervalMissing implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Timed.of(target, table).stream()
                .filter(timed -> timed.interval().isEmpty())
                .map(timed -> Finding.blocking(
                        "TM103",
                        "chunkInterval of " + table.name() + " is not given, and "
                                + table.layout()
                                        .match(
                                                h -> "a plain table has no partitions to go by.",
                                                p -> "its partitions have no width in common to go by.",
                                                h -> "nothing shows it."),
                        "Set it, for example chunkInterval=\"1 day\"; one chunk with its indexes should fit into a"
                                + " quarter of the memory.")));
    }
}
