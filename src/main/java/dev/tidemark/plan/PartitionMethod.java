package dev.tidemark.plan;

import dev.tidemark.schema.Layout;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Only ranges of one plain column can be chunks of one dimension. */
final class PartitionMethod implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        h -> Stream.<Finding>empty(),
                        p -> problem(p)
                                .map(problem -> Finding.blocking(
                                        "TM140",
                                        table.name() + " is partitioned by " + problem
                                                + "; chunks are ranges of one column.",
                                        "Such a table can only be copied: set strategy=\"copy\".")),
                        h -> Stream.<Finding>empty()));
    }

    private static Stream<String> problem(Layout.NativePartitions partitions) {
        if (!partitions.method().equals("RANGE")) {
            return Stream.of(partitions.method());
        }
        if (partitions.keyHasExpressions()) {
            return Stream.of("RANGE of an expression");
        }
        return partitions.keyColumns().size() == 1
                ? Stream.empty()
                : Stream.of("RANGE of " + partitions.keyColumns().size() + " columns ("
                        + String.join(
                                ", ",
                                partitions.keyColumns().stream()
                                        .map(Sql::identifier)
                                        .toList()) + ")");
    }
}
