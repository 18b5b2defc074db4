package dev.tidemark.plan;

import dev.tidemark.schema.Layout.Hypertable;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** What is to be known beforehand of chunks that become partitions as they are. */
final class LeavingNotes implements HistoryRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return LeavingHypertable.isIn(situation)
                ? situation.each((target, table) -> table.layout()
                        .match(
                                heap -> Stream.<Finding>empty(),
                                partitions -> Stream.<Finding>empty(),
                                hypertable -> of(situation, target, table, hypertable)))
                : Stream.empty();
    }

    private static Stream<Finding> of(
            Situation situation, ConversionTarget target, Table table, Hypertable hypertable) {
        return Stream.concat(
                HypertableSource.judge(situation, table, hypertable),
                Stream.of(
                                compressed(table, hypertable),
                                bounds(target, table, hypertable),
                                openGaps(target, table, hypertable),
                                read(situation, table, hypertable),
                                readBack(situation, table, hypertable))
                        .flatMap(Optional::stream));
    }

    private static Optional<Finding> compressed(Table table, Hypertable hypertable) {
        int number = hypertable.compressed().size();
        if (number == 0) {
            return Optional.empty();
        }
        Duration all = ChunksEstimator.decompression(hypertable);
        return Optional.of(
                Finding.note(
                        "TM181",
                        number + " of " + hypertable.chunks().size() + " chunks of " + table.name()
                                + " are compressed and decompressed first: about " + Figures.time(all) + ", "
                                + Figures.size(hypertable.compression().uncompressedBytes())
                                + " on the disk instead of "
                                + Figures.size(hypertable.compression().bytes())
                                + ". While a chunk is decompressed, about " + Figures.time(all.dividedBy(number))
                                + ", it can be read, but writers to that chunk wait.",
                        "Have room on the disk; and where the application changes rows as old as that, convert in a quiet hour. The way back compresses them again."));
    }

    /** Chunks of another width, and those that TimescaleDB cut. */
    private static Optional<Finding> bounds(ConversionTarget target, Table table, Hypertable hypertable) {
        return Timed.of(target, table).flatMap(Timed::width).flatMap(width -> {
            long other = hypertable.chunks().stream()
                    .filter(chunk -> width(chunk) != width)
                    .count();
            return other == 0
                    ? Optional.empty()
                    : Optional.of(
                            Finding.note(
                                    "TM182",
                                    other + " of " + hypertable.chunks().size() + " chunks of " + table.name()
                                            + " are wider or narrower than the interval; as partitions they keep the bounds that they have.",
                                    "Nothing to do; partitions from now on have the interval's width, the first of them from where the last chunk ends."));
        });
    }

    /** A device whose clock stood at 1970 has a chunk of its own in many a hypertable. */
    private static Optional<Finding> openGaps(ConversionTarget target, Table table, Hypertable hypertable) {
        return Timed.of(target, table)
                .flatMap(Timed::width)
                .map(width -> ChunkGaps.of(hypertable.chunks(), width).open())
                .filter(open -> !open.isEmpty())
                .map(
                        open -> Finding.note(
                                "TM185",
                                "Chunks of " + table.name() + " lie so far apart that more than "
                                        + Partitioning.MOST_AHEAD
                                        + " partitions would be needed between them: no partition is made in "
                                        + Phrases.list(open.stream()
                                                .map(Range::toString)
                                                .toList())
                                        + " but those of the present, and rows of that time, for which TimescaleDB makes a chunk, are refused.",
                                "Nothing to do where such rows do not come: tidemark.make_partitions_for makes partitions for a time where they do. If rows lie there by mistake, correct or delete them, and drop their chunk."));
    }

    private static long width(Partition chunk) {
        return chunk.range().lower().isFinite() && chunk.range().upper().isFinite()
                ? chunk.range().upper().position() - chunk.range().lower().position()
                : Long.MAX_VALUE;
    }

    /** Without a superuser's restore mode TimescaleDB validates no CHECK of a chunk; it is read while it is locked. */
    private static Optional<Finding> read(Situation situation, Table table, Hypertable hypertable) {
        if (Decision.of(situation).strategy() != Strategy.ATTACH
                || situation.server().superuser()) {
            return Optional.empty();
        }
        Duration longest = hypertable.chunks().stream()
                .map(chunk -> ChunksEstimator.reading(situation, chunk.size()))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        String what = "Every chunk of " + table.name()
                + " is read once while it is locked, because TimescaleDB lets a superuser alone validate a CHECK of a chunk beside the application: the largest for about "
                + Figures.time(longest);
        return Optional.of(
                longest.compareTo(situation.options().maxPause()) > 0
                        ? Finding.blocking(
                                "TM183",
                                what + ", longer than maxPause ("
                                        + Figures.time(situation.options().maxPause()) + ").",
                                "Convert as a superuser, or set a longer maxPause, or strategy=\"copy\".")
                        : Finding.note(
                                "TM183",
                                what + ".",
                                "Nothing to do; a superuser's conversion reads beside the application."));
    }

    private static Optional<Finding> readBack(Situation situation, Table table, Hypertable hypertable) {
        if (Decision.of(situation).strategy() != Strategy.ATTACH) {
            return Optional.empty();
        }
        Size size = hypertable.chunks().stream().map(Partition::size).reduce(Size.NONE, Size::plus);
        long bytes = size.heapBytes() + hypertable.compression().uncompressedBytes();
        return Optional.of(Finding.note(
                "TM184",
                "The way back of " + table.name()
                        + " is attach_chunk, which reads every row once inside its window: about "
                        + Figures.time(ChunksEstimator.reading(situation, bytes)) + ".",
                "If that is longer than maxPause, take the way back with a longer one, in a quiet hour."));
    }
}
