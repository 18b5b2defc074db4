package dev.tidemark.plan;

import dev.tidemark.schema.RelationKind;
import java.util.stream.Stream;

/** Anything but an ordinary table crashes the server when it becomes a chunk (facts 1.6). */
final class PartitionKind implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> Stream.concat(Pieces.partitions(table), Pieces.detached(table).stream())
                        .filter(p -> p.kind() != RelationKind.TABLE && p.kind() != RelationKind.PARTITIONED_TABLE)
                        .map(p -> Finding.blocking(
                                "TM143",
                                "Partition " + p.name() + " of " + table.name() + " is "
                                        + p.kind().inWords() + "; only ordinary tables can become chunks.",
                                "Detach it, or replace it by a table with its rows: ALTER TABLE " + p.parent()
                                        + " DETACH PARTITION " + p.name() + ";")));
    }
}
