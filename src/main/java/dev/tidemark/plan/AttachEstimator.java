package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Foretells what it takes to make plain tables history partitions. */
final class AttachEstimator {
    /** Measured on two cores with four indexes, a foreign key and 27 partitions ahead: 25 to 45 ms, whatever the number of rows. */
    private static final Duration PER_TABLE = Duration.ofMillis(45);

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
        return new Estimate(
                List.of(new WindowEstimate(Step.CUTOVER, PER_TABLE.multipliedBy(subjects.size()), locked)),
                Duration.ofMillis(size.heapBytes() * 1000 / read + indexed * 1000 / INDEXED_BYTES_PER_SECOND),
                indexed / INDEX_SHARE,
                indexed / INDEX_SHARE,
                relations * LOCKS_PER_RELATION,
                situation.server().lockCapacity(),
                situation.readBytesPerSecond());
    }
}
