package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Tables are cut by timestamps, dates and integers ({@code invalid type for dimension}). */
final class TimeColumnType implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.column(target.timeColumn()).stream()
                .filter(column -> TimeType.of(column).isEmpty())
                .map(column -> Finding.blocking(
                        "TM111",
                        "Column " + Sql.identifier(column.name()) + " of " + table.name() + " is of type "
                                + column.type()
                                + "; " + GoalWords.whole(situation)
                                + (GoalWords.isPlain(situation) ? " is compared" : " is cut")
                                + " by timestamptz, timestamp, date, bigint, integer or smallint.",
                        "Choose another timeColumn, or change its type first (rewrites the table): ALTER TABLE "
                                + table.name() + " ALTER COLUMN " + Sql.identifier(column.name())
                                + " TYPE timestamptz USING …;")));
    }
}
