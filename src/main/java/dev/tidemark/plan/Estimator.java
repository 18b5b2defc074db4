package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Size;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Foretells what a zero-copy conversion takes. The constants were measured on two cores; the reading rate is measured on the spot. */
final class Estimator {
    /** Catalog work of a window that does not depend on the number of partitions, per table. */
    private static final Duration PER_TABLE = Duration.ofMillis(25);
    /** Catalog work for one partition with one index; each further index adds {@link #PER_INDEX}. */
    private static final Duration PER_PARTITION = Duration.ofNanos(1_500_000);

    private static final Duration PER_INDEX = Duration.ofNanos(200_000);
    /** PostgreSQL rebuilds the partition descriptor at every DETACH: 1,000 partitions took 3 s, half of it by this. */
    private static final Duration PER_PAIR_OF_PARTITIONS = Duration.ofNanos(1_500);
    /** Lock entries: the partition, its TOAST, its constraint's and its parent's share; measured 3.3 + 2.05 per index. */
    private static final double LOCKS_PER_PARTITION = 3.3;

    private static final double LOCKS_PER_INDEX = 2.05;
    /** Catalog rows written for one partition, as WAL. */
    private static final long WAL_PER_PARTITION = 16 * 1024L;
    /** Used where nothing could be measured: what a slow disk reads. */
    private static final long CAUTIOUS_BYTES_PER_SECOND = 200L * 1024 * 1024;

    private final List<Subject> subjects;
    private final Situation situation;
    private final Strategy strategy;

    Estimator(List<Subject> subjects, Situation situation, Strategy strategy) {
        this.subjects = subjects;
        this.situation = situation;
        this.strategy = strategy;
    }

    Estimate estimate(List<TableName> alsoLocked) {
        long pieces = subjects.stream().mapToLong(s -> storage(s).count()).sum();
        long indexes = subjects.stream()
                .flatMap(Estimator::storage)
                .mapToLong(p -> p.indexes().size())
                .sum();
        long pairs = subjects.stream()
                .mapToLong(s -> storage(s).count() * storage(s).count())
                .sum();
        Duration catalog = PER_TABLE
                .multipliedBy(subjects.size())
                .plus(PER_PARTITION.multipliedBy(pieces))
                .plus(PER_INDEX.multipliedBy(indexes))
                .plus(PER_PAIR_OF_PARTITIONS.multipliedBy(pairs));
        Size size = subjects.stream().map(s -> s.table().size()).reduce(Size.NONE, Size::plus);
        Duration reading = seconds(size.heapBytes());
        List<String> locked =
                new ArrayList<>(subjects.stream().map(s -> s.name().toString()).toList());
        alsoLocked.forEach(t -> locked.add(t.toString()));
        Duration cutover = strategy == Strategy.ATTACH ? catalog.plus(reading) : catalog;
        return new Estimate(
                List.of(new WindowEstimate(ToHypertable.CUTOVER, cutover, locked)),
                reading,
                WAL_PER_PARTITION * (pieces + indexes) + defaultBytes() * 3,
                0,
                Math.round(pieces * LOCKS_PER_PARTITION + indexes * LOCKS_PER_INDEX),
                situation.server().lockCapacity(),
                situation.readBytesPerSecond());
    }

    private long defaultBytes() {
        return subjects.stream()
                .flatMap(s -> s.defaults().stream())
                .mapToLong(p -> p.size().totalBytes())
                .sum();
    }

    private Duration seconds(long bytes) {
        long rate = situation.readBytesPerSecond() > 0 ? situation.readBytesPerSecond() : CAUTIOUS_BYTES_PER_SECOND;
        return Duration.ofMillis(bytes * 1000 / rate);
    }

    private static Stream<Partition> storage(Subject subject) {
        return subject.table()
                .layout()
                .match(h -> Stream.of(h.storage()), p -> p.leaves().stream(), h -> h.chunks().stream());
    }
}
