package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Of two indexes with one definition, a chunk that TimescaleDB makes gets only one (measured on 2.19.3 and 2.29.2). */
final class TwinIndexes implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> table.indexes().stream()
                        .collect(Collectors.groupingBy(i -> i.definition().text() + i.unique()))
                        .values()
                        .stream()
                        .filter(equal -> equal.size() > 1)
                        .map(equal -> Finding.note(
                                "TM125",
                                "Indexes "
                                        + Phrases.list(equal.stream()
                                                .map(i -> Sql.identifier(i.name()))
                                                .sorted()
                                                .toList())
                                        + " of " + table.name()
                                        + " are the same index; new chunks will have only one of them, and undo would build the"
                                        + " other inside its window.",
                                "Drop all but one: DROP INDEX CONCURRENTLY …;")));
    }
}
