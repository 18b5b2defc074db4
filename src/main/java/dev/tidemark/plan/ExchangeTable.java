package dev.tidemark.plan;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An exchange is of a partition of a table that is partitioned by ranges of one column; there has to be one, one alone, and a width for its successors. */
final class ExchangeTable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        h -> Stream.of(notPartitioned(situation, table)),
                        p -> ExchangedPart.timeColumn(p).isEmpty()
                                ? Stream.of(notPartitioned(situation, table))
                                : partitioned(situation.request().goal(), target, table),
                        h -> Stream.of(notPartitioned(situation, table))));
    }

    private static Finding notPartitioned(Situation situation, Table table) {
        return Finding.blocking(
                "TM340",
                table.name() + " is " + table.layout().inWords() + how(table) + "; "
                        + situation.request().goal().kind()
                        + " is for native partitions by RANGE of one column.",
                "convertToPartitions makes such a table of it.");
    }

    private static String how(Table table) {
        return table.layout()
                .match(
                        h -> "",
                        (Layout.NativePartitions p) -> " by " + p.method() + " of "
                                + (p.keyHasExpressions()
                                        ? "an expression"
                                        : p.keyColumns().size() + " columns"),
                        h -> "");
    }

    private static Stream<Finding> partitioned(Goal goal, ConversionTarget target, Table table) {
        Optional<Finding> unknown = unknownPart(target, table);
        if (unknown.isPresent()) {
            return unknown.stream();
        }
        if (table.column(target.timeColumn()).flatMap(TimeType::of).isPresent()
                && PresentWidth.of(target, table).isEmpty()) {
            return Stream.of(Finding.blocking(
                    "TM103",
                    "Nothing tells how wide the partitions of " + table.name()
                            + " are to be: it has none with two ends, and interval is not set.",
                    "Set interval, for example \"1 day\"."));
        }
        List<Partition> candidates = ExchangedPart.candidates(goal, target, table);
        if (candidates.isEmpty()) {
            return Stream.of(nothing(goal, target, table));
        }
        if (candidates.size() > 1) {
            return Stream.of(Finding.blocking(
                    "TM342",
                    "Several partitions of " + table.name() + " are wider than "
                            + PresentWidth.of(target, table).orElseThrow() + ": "
                            + Phrases.list(
                                    candidates.stream().map(Partition::name).toList()) + ".",
                    "Name one of them, and split the others afterwards: partition=\""
                            + candidates.get(0).name().name() + "\"."));
        }
        return Stream.empty();
    }

    private static Optional<Finding> unknownPart(ConversionTarget target, Table table) {
        List<String> names =
                ExchangedPart.children(table).stream().map(p -> p.name().name()).toList();
        return target.part()
                .filter(name -> !names.contains(name))
                .map(name -> Finding.blocking(
                        "TM341",
                        table.name() + " has no partition " + Sql.identifier(name) + ".",
                        "Name one that is attached to the table itself." + NearMisses.of(name, names)));
    }

    private static Finding nothing(Goal goal, ConversionTarget target, Table table) {
        if (goal == Goal.DRAINED) {
            return Finding.note(
                    "TM343",
                    ExchangedPart.children(table).stream()
                                    .filter(Partition::isDefault)
                                    .findFirst()
                                    .map(p -> "DEFAULT partition " + p.name() + " holds no row")
                                    .orElse(table.name() + " has no DEFAULT partition")
                            + ": there is nothing to drain.",
                    "Nothing to do.");
        }
        return Finding.note(
                "TM343",
                target.part().map(p -> "Partition " + Sql.identifier(p)).orElse("No partition of " + table.name())
                        + " holds more than "
                        + PresentWidth.of(target, table).map(Object::toString).orElse("one interval")
                        + ": there is nothing to split.",
                "Nothing to do.");
    }
}
