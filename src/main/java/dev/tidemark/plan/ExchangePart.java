package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
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
                        number(situation, target, part),
                        key(situation, target, part),
                        publications(part),
                        dependents(part),
                        references(part),
                        alone(situation, part),
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

    private static Stream<Finding> number(Situation situation, ConversionTarget target, ExchangedPart part) {
        return situation.exchange().pieces().stream()
                .filter(pieces -> pieces > Partitioning.MOST_AHEAD)
                .mapToObj(pieces -> Finding.blocking(
                        "TM172",
                        String.format(
                                Locale.ROOT,
                                "Rows of %s need %,d partitions of %s; %,d are possible.",
                                part.place().name(),
                                pieces,
                                PresentWidth.of(target, part.whole())
                                        .map(Object::toString)
                                        .orElse("that width"),
                                Partitioning.MOST_AHEAD),
                        "Set a longer interval, or delete or correct rows that lie by themselves."));
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

    /** Foreign keys to the partition alone: those to its table find their rows whichever partition has them. */
    private static Stream<Finding> references(ExchangedPart part) {
        return part.part().referencedBy().stream()
                .map(key -> Finding.blocking(
                        "TM352",
                        "Foreign key " + Sql.identifier(key.name()) + " of " + key.child() + " points to partition "
                                + part.place().name()
                                + " itself, which leaves the table: rows that are written afterwards could not be referenced.",
                        "Let it point to " + part.whole().name() + ": ALTER TABLE " + key.child() + " DROP CONSTRAINT "
                                + Sql.identifier(key.name()) + "; and add it with REFERENCES "
                                + part.whole().name() + "."));
    }

    private static Stream<Finding> alone(Situation situation, ExchangedPart part) {
        List<String> own = Stream.concat(
                        DefaultAlone.own(part.whole(), part.place()),
                        part.part().foreignKeys().stream().map(key -> "foreign key " + Sql.identifier(key.name())))
                .toList();
        return own.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        Finding.note(
                                "TM353",
                                "Partition " + part.place().name() + " has what its table has not: " + Phrases.list(own)
                                        + ". The new partitions will not have it"
                                        + (situation.request().goal() == ConversionRequest.Goal.DRAINED
                                                ? "; the empty DEFAULT partition will."
                                                : "."),
                                "Give it to the table if it is meant for every row; it comes back with the partition on the way back."));
    }

    private static Stream<Finding> remaining(ConversionTarget target, ExchangedPart part) {
        Table whole = part.whole();
        boolean endless = whole.column(target.timeColumn())
                .flatMap(TimeType::of)
                .filter(type -> !type.isInteger())
                .isPresent();
        return part.place().span().stream()
                .filter(span -> part.isDefault())
                .filter(span -> span.nulls() > 0
                        || (endless
                                && (!span.lowest().isFinite() || !span.highest().isFinite())))
                .map(span -> Finding.note(
                        "TM349",
                        "Rows whose " + Sql.identifier(target.timeColumn())
                                + " is NULL, infinity or -infinity stay in the DEFAULT partition of " + whole.name()
                                + ": no other can hold them.",
                        "Give these rows a time if they should have a partition."));
    }
}
