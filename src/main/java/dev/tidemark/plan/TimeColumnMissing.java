package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** The time column is not there. */
final class TimeColumnMissing implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> table.column(target.timeColumn()).isPresent()
                        ? Stream.<Finding>empty()
                        : Stream.of(Finding.blocking(
                                "TM110",
                                target.timeColumn().equals(ConversionTarget.AS_IT_IS)
                                        ? table.name()
                                                + " has no column of a time or a number that is NOT NULL, by which its rows could be compared."
                                        : table.name() + " has no column " + Sql.identifier(target.timeColumn()) + ".",
                                "Set timeColumn to one of its columns, spelled as it is stored."
                                        + NearMisses.of(
                                                target.timeColumn(),
                                                table.columns().stream()
                                                        .map(Column::name)
                                                        .toList())
                                        + candidates(table))));
    }

    private static String candidates(Table table) {
        List<String> times = table.columns().stream()
                .filter(c -> TimeType.of(c).filter(t -> !t.isInteger()).isPresent())
                .map(c -> Sql.identifier(c.name()))
                .toList();
        return times.isEmpty() ? "" : " Columns with a time: " + String.join(", ", times) + ".";
    }
}
