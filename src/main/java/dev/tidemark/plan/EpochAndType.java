package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** An integer says nothing about time unless its unit is known; every other type says it by itself. */
final class EpochAndType implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.column(target.timeColumn()).stream()
                .flatMap(column -> TimeType.of(column).stream()
                        .filter(type -> type.isInteger() != target.epoch().isPresent())
                        // Partitions that are there may count something else than time.
                        .filter(type ->
                                !(type.isInteger() && situation.request().goal().exchanges()))
                        .map(type -> type.isInteger() ? missing(table, column) : needless(table, column))));
    }

    private static Finding missing(Table table, Column column) {
        return Finding.blocking(
                "TM105",
                "Column " + Sql.identifier(column.name()) + " of " + table.name() + " is of type " + column.type()
                        + ", and the unit in which it counts time is not given.",
                "Set epoch to s, ms, us or ns: what one step of the number is, counted from 1970-01-01 00:00 UTC.");
    }

    private static Finding needless(Table table, Column column) {
        return Finding.blocking(
                "TM105",
                "epoch is given, but column " + Sql.identifier(column.name()) + " of " + table.name() + " is of type "
                        + column.type() + ", which is no number.",
                "Leave epoch out.");
    }
}
