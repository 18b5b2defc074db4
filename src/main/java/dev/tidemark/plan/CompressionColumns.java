package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** segmentBy and orderBy name columns, each column once. */
final class CompressionColumns implements HypertableRule {
    private static final Pattern ORDER = Pattern.compile(
            "\\s*(\"(?:[^\"]|\"\")+\"|[^\\s\"]+)(?:\\s+(?:asc|desc))?(?:\\s+nulls\\s+(?:first|last))?\\s*",
            Pattern.CASE_INSENSITIVE);

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.concat(
                target.segmentBy().stream().flatMap(column -> unknown("segmentBy", column, table)),
                target.orderBy().stream().flatMap(order -> order(target, table, order))));
    }

    private static Stream<Finding> order(ConversionTarget target, Table table, String order) {
        Matcher matcher = ORDER.matcher(order);
        if (!matcher.matches()) {
            return Stream.of(Finding.blocking(
                    "TM106",
                    "orderBy of " + table.name() + " contains \"" + order
                            + "\", which is not a column with ASC or DESC.",
                    "Write columns with commas between them: orderBy=\"received_at DESC, id\"."));
        }
        String column = stored(matcher.group(1));
        return target.segmentBy().contains(column)
                ? Stream.of(Finding.blocking(
                        "TM106",
                        "Column " + Sql.identifier(column) + " of " + table.name() + " is in segmentBy and in orderBy.",
                        "Leave it out of orderBy: within a segment it has one value."))
                : unknown("orderBy", column, table);
    }

    private static Stream<Finding> unknown(String attribute, String column, Table table) {
        return table.column(column).isPresent()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM106",
                        attribute + " names column " + Sql.identifier(column) + ", which " + table.name()
                                + " does not have.",
                        "Name columns of the table."
                                + NearMisses.of(
                                        column,
                                        table.columns().stream()
                                                .map(Column::name)
                                                .toList())));
    }

    /** As SQL reads a name: in lower case unless quoted. */
    private static String stored(String written) {
        return written.startsWith("\"")
                ? written.substring(1, written.length() - 1).replace("\"\"", "\"")
                : written.toLowerCase(Locale.ROOT);
    }
}
