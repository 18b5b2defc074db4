package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What stands against the exchange of one partition, and what there is to know of it. */
final class ExchangePart implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        ConversionTarget target = situation.request().tables().get(0);
        Stream<Finding> shape = situation.table(target).stream()
                .flatMap(whole -> ExchangedPart.candidates(situation.request().goal(), target, whole).stream())
                .flatMap(ExchangePart::storage);
        return Stream.concat(
                shape,
                situation.exchanged().filter(part -> part.place().kind() == RelationKind.TABLE).stream()
                        .flatMap(part -> judge(situation, target, part)));
    }

    private static Stream<Finding> storage(Partition place) {
        return place.kind() == RelationKind.TABLE
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM344",
                        "Partition " + place.name() + " is " + place.kind().inWords()
                                + ", which is not exchanged as a whole.",
                        place.kind() == RelationKind.PARTITIONED_TABLE
                                ? "Name it as the table instead: its own partitions are exchanged one by one."
                                : "Detach it, or move its rows into a table of this server."));
    }

    private static Stream<Finding> judge(Situation situation, ConversionTarget target, ExchangedPart part) {
        return Stream.of(
                        what(situation, part),
                        width(target, part),
                        key(situation, target, part),
                        publications(part),
                        dependents(part),
                        remaining(target, part))
                .flatMap(s -> s);
    }

    private static Stream<Finding> what(Situation situation, ExchangedPart part) {
        Partition place = part.place();
        String rows = place.span()
                .map(s -> Phrases.rows(s.rows()) + " from " + s.lowest().text() + " to "
                        + s.highest().text())
                .orElse("rows");
        return Stream.of(
                Finding.note(
                        "TM345",
                        "Partition " + place.name() + " holds " + rows + ", in "
                                + Figures.size(place.size().totalBytes())
                                + ". It leaves the table in the window, and stays as the retired table until finalizeConversion.",
                        situation.request().goal() == ConversionRequest.Goal.DRAINED
                                ? "Nothing to do. An empty DEFAULT partition takes its place, with its name, privileges and indexes."
                                : "Nothing to do. The new partitions cover exactly what it covered: the first begins and the last ends where it did."));
    }

    private static Stream<Finding> width(ConversionTarget target, ExchangedPart part) {
        return target.chunkInterval().isPresent()
                ? Stream.empty()
                : PresentWidth.of(target, part.whole()).stream()
                        .map(width -> Finding.note(
                                "TM346",
                                "The new partitions are as wide as most of "
                                        + part.whole().name() + ": "
                                        + (PresentWidth.isNumbers(target, part.whole())
                                                ? width.microseconds() + " numbers"
                                                : width + ", in time zone "
                                                        + target.partitioning()
                                                                .orElse(Partitioning.DEFAULTS)
                                                                .timeZone())
                                        + ".",
                                "Nothing to do, or set interval and timeZone."));
    }

    private static Stream<Finding> key(Situation situation, ConversionTarget target, ExchangedPart part) {
        if (CopySubject.keyOf(part.shape()).isPresent()) {
            return Stream.empty();
        }
        Duration wait = CopyEstimator.offline(part.shape());
        return Stream.of(CopyWithoutKey.finding(
                part.whole().name(),
                target.timeColumn(),
                wait,
                situation.options().maxPause()));
    }

    private static Stream<Finding> publications(ExchangedPart part) {
        return part.part().publications().stream()
                .map(publication -> Finding.blocking(
                        "TM347",
                        "Partition " + part.place().name() + " is published by " + Sql.identifier(publication.name())
                                + ": subscribers would hear of no row of its successors, and twice of those that the retired partition follows.",
                        "Publish " + part.whole().name()
                                + " with publish_via_partition_root = true instead, or take it out and put the new partitions in afterwards: ALTER"
                                + " PUBLICATION " + Sql.identifier(publication.name()) + " DROP TABLE "
                                + part.place().name() + ";"));
    }

    private static Stream<Finding> dependents(ExchangedPart part) {
        List<String> views = part.part().dependents().stream()
                .filter(Dependent::direct)
                .map(Dependent::identity)
                .distinct()
                .sorted()
                .toList();
        return views.isEmpty()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM348",
                        Phrases.list(views) + " read partition " + part.place().name()
                                + " itself, which leaves the table: they would see nothing of what is written afterwards.",
                        "Let them read " + part.whole().name() + ", with a condition on its time, or drop them."));
    }

    private static Stream<Finding> remaining(ConversionTarget target, ExchangedPart part) {
        Table whole = part.whole();
        return part.place().span().stream()
                .filter(span -> part.isDefault()
                        && (span.nulls() > 0
                                || !span.lowest().isFinite()
                                || !span.highest().isFinite()))
                .map(span -> Finding.note(
                        "TM349",
                        "Rows whose " + Sql.identifier(target.timeColumn())
                                + " is NULL, infinity or -infinity stay in the DEFAULT partition of " + whole.name()
                                + ": no other can hold them.",
                        "Give these rows a time if they should have a partition."));
    }
}
