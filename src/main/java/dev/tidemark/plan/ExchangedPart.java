package dev.tidemark.plan;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A partition whose rows go into proper partitions, and which then leaves the table: the DEFAULT partition, or one that is wider than the others.
 *
 * @param whole the table
 * @param part the partition, read as a table of its own
 * @param place the same as a partition
 */
public record ExchangedPart(Table whole, Table part, Partition place) {
    /** A partition of a month is a thirtieth wider than thirty days; what is wider than that has room for two. */
    private static final double WIDE = 1.1;

    /** Which one it is; empty where there is none, or several and nobody said which. */
    public static Optional<TableName> chosen(Goal goal, ConversionTarget target, Table whole) {
        List<Partition> candidates = candidates(goal, target, whole);
        return candidates.size() == 1 ? Optional.of(candidates.get(0).name()) : Optional.empty();
    }

    static Optional<ExchangedPart> of(Goal goal, ConversionTarget target, Table whole, Table part) {
        return candidates(goal, target, whole).stream()
                .filter(place -> place.name().equals(part.name()))
                .map(place -> new ExchangedPart(whole, part, place))
                .findFirst();
    }

    /** Those that could be exchanged; of a partition that was named, that one, unless it is no wider than the others. */
    static List<Partition> candidates(Goal goal, ConversionTarget target, Table whole) {
        List<Partition> children = children(whole);
        if (goal == Goal.DRAINED) {
            return children.stream().filter(p -> p.isDefault() && !p.empty()).toList();
        }
        List<Partition> wide = children.stream()
                .filter(p -> p.byTime() && !p.isDefault())
                .filter(p -> target.part().isEmpty()
                        || target.part().get().equals(p.name().name()))
                .filter(p -> isWide(p, target, whole))
                .toList();
        List<Partition> fromTheBeginning = wide.stream()
                .filter(p -> p.range().lower().equals(Bound.MINVALUE))
                .toList();
        return fromTheBeginning.isEmpty() ? wide : fromTheBeginning;
    }

    /** Partitions directly below the table. */
    public static List<Partition> children(Table whole) {
        return whole.layout()
                .match(
                        h -> Stream.<Partition>empty(),
                        p -> p.partitions().stream()
                                .filter(child -> whole.name().equals(child.parent())),
                        h -> Stream.<Partition>empty())
                .toList();
    }

    private static boolean isWide(Partition partition, ConversionTarget target, Table whole) {
        Optional<Bound> from = partition.range().lower().isFinite()
                ? Optional.of(partition.range().lower())
                : partition.span().map(Partition.Span::lowest);
        Optional<Bound> to = partition.range().upper().isFinite()
                ? Optional.of(partition.range().upper())
                : partition.span().map(Partition.Span::highest);
        Optional<Long> width = PresentWidth.length(target, whole);
        return from.isPresent()
                && to.isPresent()
                && width.isPresent()
                && (double) to.get().position() - from.get().position() > WIDE * width.get();
    }

    /** The wish with the column that the partitions go by. */
    static ConversionTarget byItsKey(ConversionTarget target, Table whole) {
        return whole.layout()
                .match(h -> Optional.<String>empty(), ExchangedPart::timeColumn, h -> Optional.<String>empty())
                .map(column -> target.by(column, target.epoch()))
                .orElse(target);
    }

    /** The one plain column, if it is partitioned by its RANGE. */
    static Optional<String> timeColumn(Layout.NativePartitions partitions) {
        return partitions.method().equals("RANGE")
                        && partitions.keyColumns().size() == 1
                        && !partitions.keyHasExpressions()
                ? Optional.of(partitions.keyColumns().get(0))
                : Optional.empty();
    }

    boolean isDefault() {
        return place.isDefault();
    }

    /** What its successors are: the table's definition in the partition's place. */
    Table shape() {
        return whole.inPlaceOf(part);
    }
}
