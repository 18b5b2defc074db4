package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Neither TimescaleDB nor PostgreSQL cuts a table by a generated column. */
final class TimeColumnGenerated implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (GoalWords.isPlain(situation)) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.column(target.timeColumn()).stream()
                .filter(column -> column.generated().isPresent())
                .map(column -> Finding.blocking(
                        "TM113",
                        "Column " + Sql.identifier(column.name()) + " of " + table.name()
                                + " is GENERATED; " + GoalWords.product(situation)
                                + " takes no generated column as its time.",
                        "Choose another timeColumn, or make it an ordinary column that a trigger fills: ALTER TABLE "
                                + table.name() + " ALTER COLUMN " + Sql.identifier(column.name())
                                + " DROP EXPRESSION;")));
    }
}
