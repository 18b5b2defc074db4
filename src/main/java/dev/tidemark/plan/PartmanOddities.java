package dev.tidemark.plan;

import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** pg_partman set up in a way that ends with the conversion. */
final class PartmanOddities implements Rule {
    private static final Pattern CONTROL = Pattern.compile("\"control\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        h -> Stream.<Finding>empty(),
                        p -> p.partman().stream()
                                .flatMap(c -> Stream.concat(control(target, table, c), sub(situation, table, c))),
                        h -> Stream.<Finding>empty()));
    }

    private static Stream<Finding> control(ConversionTarget target, Table table, PartmanConfiguration partman) {
        Matcher matcher = CONTROL.matcher(partman.row());
        return matcher.find() && !matcher.group(1).replace("\\\"", "\"").equals(target.timeColumn())
                ? Stream.of(Finding.note(
                        "TM156",
                        "pg_partman manages " + table.name() + " by column " + Sql.identifier(matcher.group(1))
                                + ", not by " + Sql.identifier(target.timeColumn()) + ".",
                        "Make sure that timeColumn is the one you mean; pg_partman stops managing the table."))
                : Stream.empty();
    }

    private static Stream<Finding> sub(Situation situation, Table table, PartmanConfiguration partman) {
        return partman.subRow().isPresent()
                ? Stream.of(Finding.note(
                        "TM156",
                        "pg_partman sub-partitions " + table.name()
                                + switch (situation.request().goal()) {
                                    case HYPERTABLE ->
                                        "; a hypertable has one level, and the leaves become its chunks.";
                                    case PARTITIONS, DRAINED, SPLIT -> "; the new partitions have one level.";
                                    case PLAIN_TABLE -> "; a plain table has no level at all.";
                                },
                        "Nothing to do; pg_partman stops managing the table, and undo puts its configuration back."))
                : Stream.empty();
    }
}
