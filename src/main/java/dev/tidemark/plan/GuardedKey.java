package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** What {@code keyGuard} does and does not do; and where there is nothing for it to do. */
final class GuardedKey implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> target.partitioning()
                .filter(Partitioning::keyGuard)
                .map(p -> Stream.of(judge(situation, target, table)))
                .orElse(Stream.empty()));
    }

    private static Finding judge(Situation situation, ConversionTarget target, Table table) {
        List<String> extended = table.indexes().stream()
                .filter(index ->
                        situation.options().keys() == KeyChoice.EXTEND && ExtendedKeys.isExtensible(target, index))
                .map(Index::keyColumns)
                .map(columns -> Sql.of("(%I)", columns).text())
                .toList();
        if (extended.isEmpty()) {
            return Finding.note(
                    "TM315",
                    "keyGuard has nothing to guard: no primary key of " + table.name() + " is extended by "
                            + Sql.identifier(target.timeColumn()) + ".",
                    "Leave keyGuard out.");
        }
        return Finding.note(
                "TM314",
                "Triggers keep " + extended.get(0) + " of " + table.name()
                        + " unique: each new key is looked up in every partition, some microseconds for each. Under REPEATABLE READ a duplicate that was"
                        + " committed since the transaction began can be missed; a transaction of more than 1,000 rows makes others wait that write keys; the table"
                        + " must keep its name.",
                "Nothing to do. ON CONFLICT has to name the longer key all the same.");
    }
}
