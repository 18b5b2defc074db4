package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** TimescaleDB takes an invalid index of a chunk for a good one, and it stays invalid (facts 1.3). */
final class InvalidIndex implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.concat(
                table.layout().match(h -> Stream.<Finding>empty(), p -> ofTable(table), h -> Stream.<Finding>empty()),
                Pieces.chunks(situation, table).flatMap(InvalidIndex::ofPiece)));
    }

    private static Stream<Finding> ofPiece(Partition piece) {
        return piece.indexes().stream()
                .map(Partition.PartitionIndex::index)
                .filter(index -> !index.valid())
                .map(index -> Finding.blocking(
                        "TM123",
                        "Index " + Sql.identifier(index.name()) + " of " + piece.name()
                                + " is invalid, as a failed concurrent build leaves one; TimescaleDB would keep it so.",
                        "Build it again: REINDEX INDEX CONCURRENTLY "
                                + piece.name().sibling(index.name()) + "; or drop it."));
    }

    private static Stream<Finding> ofTable(Table table) {
        return table.indexes().stream()
                .filter(index -> !index.valid())
                .map(index -> Finding.blocking(
                        "TM123",
                        "Index " + Sql.identifier(index.name()) + " of " + table.name()
                                + " is invalid: not every partition has its part of it attached.",
                        "Build the missing ones with CREATE INDEX CONCURRENTLY on the partitions, then ALTER INDEX "
                                + table.name().sibling(index.name()) + " ATTACH PARTITION …; or drop it."));
    }
}
