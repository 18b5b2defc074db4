package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Foretells what a zero-copy conversion takes. The constants were measured on two cores; the reading rate is measured on the spot. */
final class Estimator {
    /** Catalog work of a window that does not depend on the number of partitions, per table. */
    private static final Duration PER_TABLE = Duration.ofMillis(25);
    /** Catalog work for one partition with one index; each further index adds {@link #PER_INDEX}. */
    private static final Duration PER_PARTITION = Duration.ofNanos(1_500_000);

    private static final Duration PER_INDEX = Duration.ofNanos(250_000);
    /**
     * PostgreSQL rebuilds the partition descriptor at every DETACH. 1,000 partitions with 6 indexes held their locks for 2.7 s where little
     * else ran and for 9 s at a load of 9 on two cores; this foretells 4.2 s, because a window that is too long is worse than a NO-GO.
     */
    private static final Duration PER_PAIR_OF_PARTITIONS = Duration.ofNanos(1_200);
    /** Lock entries: the partition and each of its indexes, whatever the number of modes; 1,000 partitions with 6 indexes took 7,107. */
    private static final double LOCKS_PER_PARTITION = 1.2;

    private static final double LOCKS_PER_INDEX = 1.0;
    /** Catalog rows written for one partition, as WAL. */
    private static final long WAL_PER_PARTITION = 16 * 1024L;
    /** Used where nothing could be measured: what a slow disk reads. */
    private static final long CAUTIOUS_BYTES_PER_SECOND = 200L * 1024 * 1024;

    private final List<Table> tables;
    private final Situation situation;
    private final Strategy strategy;

    Estimator(List<Table> tables, Situation situation, Strategy strategy) {
        this.tables = List.copyOf(tables);
        this.situation = situation;
        this.strategy = strategy;
    }

    Estimate estimate(List<TableName> alsoLocked) {
        long copies = tables.stream().mapToLong(this::copies).sum();
        long pieces = tables.stream().mapToLong(t -> Pieces.leaves(t).count()).sum() + copies;
        long indexes = tables.stream()
                        .flatMap(Pieces::leaves)
                        .mapToLong(p -> p.indexes().size())
                        .sum()
                + tables.stream().mapToLong(t -> copies(t) * t.indexes().size()).sum();
        long pairs = tables.stream()
                .mapToLong(t -> Pieces.leaves(t).count() * Pieces.leaves(t).count())
                .sum();
        Duration catalog = PER_TABLE
                .multipliedBy(tables.size())
                .plus(PER_PARTITION.multipliedBy(pieces))
                .plus(PER_INDEX.multipliedBy(indexes))
                .plus(PER_PAIR_OF_PARTITIONS.multipliedBy(pairs));
        Size size = tables.stream().map(Table::size).reduce(Size.NONE, Size::plus);
        Duration reading = seconds(size.heapBytes());
        List<String> locked =
                new ArrayList<>(tables.stream().map(t -> t.name().toString()).toList());
        alsoLocked.forEach(t -> locked.add(t.toString()));
        Duration cutover = strategy == Strategy.ATTACH ? catalog.plus(reading) : catalog;
        return new Estimate(
                List.of(new WindowEstimate(Step.CUTOVER, cutover, locked)),
                reading,
                WAL_PER_PARTITION * (pieces + indexes) + defaultBytes() * 3,
                0,
                Math.round(pieces * LOCKS_PER_PARTITION + indexes * LOCKS_PER_INDEX),
                situation.server().lockCapacity(),
                situation.readBytesPerSecond());
    }

    /** Chunks that rows of DEFAULT partitions become, at most: one a step of the grid. */
    private long copies(Table table) {
        ConversionTarget target = situation.request().tables().stream()
                .filter(t -> t.table().equals(table.name()))
                .findFirst()
                .orElseThrow();
        long width = table.column(target.timeColumn())
                .flatMap(TimeType::of)
                .flatMap(type -> Subjects.chunkInterval(target, table).map(i -> type.length(i, target.epoch())))
                .orElse(Long.MAX_VALUE);
        return Pieces.defaults(table)
                .flatMap(p -> p.span().stream())
                .mapToLong(s -> Math.min(
                        s.rows(), s.highest().position() / width - s.lowest().position() / width + 1))
                .sum();
    }

    private long defaultBytes() {
        return tables.stream()
                .flatMap(Pieces::defaults)
                .mapToLong(p -> p.size().totalBytes())
                .sum();
    }

    private Duration seconds(long bytes) {
        long rate = situation.readBytesPerSecond() > 0 ? situation.readBytesPerSecond() : CAUTIOUS_BYTES_PER_SECOND;
        return Duration.ofMillis(bytes * 1000 / rate);
    }
}
