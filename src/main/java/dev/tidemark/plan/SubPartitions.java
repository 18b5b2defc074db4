package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** Below a range of time, only ranges of the same time can become chunks: two leaves of one range collide (TS503). */
final class SubPartitions implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.partitions(table)
                .filter(sub -> sub.kind() == RelationKind.PARTITIONED_TABLE && isOtherThanTime(table, sub))
                .map(Partition::name)
                .sorted()
                .limit(1)
                .map(sub -> Finding.blocking(
                        "TM142",
                        "Partition " + sub + " of " + table.name() + " is itself partitioned, and not by RANGE of "
                                + Sql.identifier(target.timeColumn())
                                + "; its partitions lie in the same range of time, and one hypertable cannot have both.",
                        "Such a table can only be copied: set strategy=\"copy\".")));
    }

    private static boolean isOtherThanTime(Table table, Partition sub) {
        List<Partition> children = Pieces.partitions(table)
                .filter(p -> sub.name().equals(p.parent()))
                .toList();
        return children.stream().anyMatch(p -> !p.byTime());
    }
}
