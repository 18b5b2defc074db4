package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** The ranges that exist must be ranges of the time column. */
final class PartitionKeyIsTime implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        h -> Stream.<Finding>empty(),
                        p -> p.method().equals("RANGE")
                                        && p.keyColumns().size() == 1
                                        && !p.keyHasExpressions()
                                        && !p.keyColumns().contains(target.timeColumn())
                                ? Stream.of(Finding.blocking(
                                        "TM141",
                                        table.name() + " is partitioned by "
                                                + Sql.identifier(p.keyColumns().get(0)) + ", not by "
                                                + Sql.identifier(target.timeColumn())
                                                + ": its partitions are no ranges of that column.",
                                        "Set timeColumn to "
                                                + Sql.identifier(p.keyColumns().get(0)) + "."))
                                : Stream.<Finding>empty(),
                        h -> Stream.<Finding>empty()));
    }
}
