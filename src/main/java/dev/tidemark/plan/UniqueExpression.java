package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A unique index that has the time in an expression only, or not at all beside its expressions. */
final class UniqueExpression implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.request().goal() == ConversionRequest.Goal.PLAIN_TABLE) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.indexes().stream()
                .filter(index -> index.unique()
                        && index.hasExpressions()
                        && !index.keyColumns().contains(target.timeColumn()))
                .map(index -> Finding.blocking(
                        "TM122",
                        "Unique index " + Sql.identifier(index.name()) + " of " + table.name()
                                + " is on expressions and does not contain " + Sql.identifier(target.timeColumn())
                                + " as a column of its own; " + GoalWords.product(situation)
                                + " cannot enforce it across " + GoalWords.part(situation) + "s.",
                        "Make it again with the column added, or drop it: DROP INDEX CONCURRENTLY "
                                + table.name().sibling(index.name()) + ";")));
    }
}
