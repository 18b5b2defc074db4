package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.stream.Stream;

/** A table that belongs to another one, by inheritance or as its partition, cannot leave it; one with heirs would lose their rows. */
final class InheritanceAround implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.concat(parents(table), children(situation, table)));
    }

    private static Stream<Finding> parents(Table table) {
        Stream<TableName> ofStorage = table.layout()
                .match(
                        heap -> Stream.ofNullable(heap.storage().parent()),
                        p -> Stream.<TableName>empty(),
                        h -> Stream.<TableName>empty());
        return Stream.concat(table.inheritanceParents().stream(), ofStorage)
                .distinct()
                .map(parent -> Finding.blocking(
                        "TM116",
                        table.name() + " is a partition, a chunk or an inheritance child of " + parent
                                + ", and its rows are rows of that one.",
                        "Convert " + parent + " instead, or take the table out of it first: DETACH PARTITION or"
                                + " NO INHERIT."));
    }

    private static Stream<Finding> children(Situation situation, Table table) {
        return table.inheritanceChildren().isEmpty()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM116",
                        table.name() + " has inheritance children: " + Phrases.list(table.inheritanceChildren())
                                + ". Their rows would vanish from it: "
                                + switch (situation.request().goal()) {
                                    case HYPERTABLE -> "a hypertable's only children are its chunks.";
                                    case PARTITIONS, DRAINED, SPLIT ->
                                        "a partitioned table's only children are its partitions.";
                                    case PLAIN_TABLE -> "they stay children of the old table.";
                                },
                        "Move the rows into the table, or end the inheritance: ALTER TABLE "
                                + table.inheritanceChildren().get(0) + " NO INHERIT " + table.name() + ";"));
    }
}
