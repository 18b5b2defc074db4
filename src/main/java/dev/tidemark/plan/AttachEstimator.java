package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Foretells what it takes to make plain tables history partitions. */
final class AttachEstimator {
    /** Measured on two cores with four indexes, a foreign key and 27 partitions ahead: 25 to 45 ms, whatever the number of rows. */
    private static final Duration PER_TABLE = Duration.ofMillis(45);

    /** The window of the way back, while no partition has got rows of its own. */
    static final Duration BACK = Duration.ofMillis(45);

    /**
     * More for each that has, in microseconds: it is detached and becomes a child. With three indexes and a foreign key 30 of them took 54 ms more, 100 took 350 ms,
     * 300 took 2.3 s, on two busy cores: PostgreSQL looks at all partitions for each that it detaches.
     */
    static final long BACK_PER_PARTITION = 1_400;

    /** Of that, for each other one. */
    static final long BACK_PER_PAIR = 21;

    /** Lock entries of a table, its indexes, and the partitions ahead with theirs. */
    private static final int LOCKS_PER_RELATION = 2;

    /** A unique index is built at so many bytes of the heap a second: 487 MB took 0.8 s with what it reads in memory. */
    private static final long INDEXED_BYTES_PER_SECOND = 200_000_000L;

    /** Of a heap's bytes: what an index of two columns of 8 bytes has for rows of 200 bytes. */
    private static final int INDEX_SHARE = 8;

    private final List<CopySubject> subjects;
    private final Situation situation;

    AttachEstimator(List<CopySubject> subjects, Situation situation) {
        this.subjects = List.copyOf(subjects);
        this.situation = situation;
    }

    /** The window of the way back of a table when so many partitions have got rows of their own. */
    static Duration wayBack(long filled) {
        return BACK.plusMillis((BACK_PER_PARTITION * filled + BACK_PER_PAIR * filled * filled) / 1_000);
    }

    Estimate estimate(List<TableName> alsoLocked) {
        Size size = subjects.stream().map(CopySubject::table).map(Table::size).reduce(Size.NONE, Size::plus);
        long indexed = subjects.stream()
                .filter(s -> !s.extendedKeys().isEmpty())
                .mapToLong(s -> s.table().size().heapBytes())
                .sum();
        List<String> locked =
                new ArrayList<>(subjects.stream().map(s -> s.name().toString()).toList());
        alsoLocked.forEach(t -> locked.add(t.toString()));
        long relations = subjects.stream()
                .mapToLong(s -> (2L + s.partitioning().premake())
                        * (1L + s.table().indexes().size()))
                .sum();
        long read = situation.readBytesPerSecond() > 0 ? situation.readBytesPerSecond() : INDEXED_BYTES_PER_SECOND;
        Duration reading = Duration.ofMillis(size.heapBytes() * 1000 / read);
        Duration indexing = Duration.ofMillis(indexed * 1000 / INDEXED_BYTES_PER_SECOND);
        return new Estimate(
                List.of(new WindowEstimate(Step.CUTOVER, PER_TABLE.multipliedBy(subjects.size()), locked)),
                reading.plus(indexing),
                indexed / INDEX_SHARE,
                indexed / INDEX_SHARE,
                relations * LOCKS_PER_RELATION,
                situation.server().lockCapacity(),
                situation.readBytesPerSecond(),
                Map.of(Step.CUTOVER, reading, ToPartitions.LONGER_KEY, indexing));
    }
}
