package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Layout.Hypertable;
import dev.tidemark.schema.Size;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Foretells what it takes to make partitions of chunks. The constants were measured on two cores. */
final class ChunksEstimator {
    private static final Duration PER_TABLE = Duration.ofMillis(45);

    /**
     * By adopt. With two indexes, 100, 250, 500 and 1,000 chunks held their locks for 0.25, 0.69, 1.6 and 4.6 s where little else ran; with 30 partitions made
     * ahead this foretells 0.32, 0.81, 1.9 and 5.0 s, because a window that is too long is worse than a NO-GO.
     */
    private static final Duration PER_CHUNK = Duration.ofNanos(1_500_000);

    /** Four more on 500 chunks took 0.7 s. */
    private static final Duration PER_INDEX = Duration.ofNanos(400_000);

    /** What detach_chunk adds: a tenth with 500 chunks. */
    private static final Duration PER_DETACHED_CHUNK = Duration.ofNanos(500_000);

    /**
     * PostgreSQL reads the bounds of all partitions twice at every ATTACH: before, for an overlap, and after, for a DEFAULT, even where there is none
     * (ATExecAttachPartition and StorePartitionBound, 15 to 17). Nothing in SQL that leaves the same table behind spares it.
     */
    private static final Duration PER_BOUND = Duration.ofNanos(2_500);

    /** Lock entries of a chunk with its TOAST table, and of each index. */
    private static final int LOCKS_PER_CHUNK = 2;

    /** Of decompressed bytes in a second: 200,000 rows, 42 MB with their indexes, took 0.47 s. */
    private static final long DECOMPRESSED_BYTES_PER_SECOND = 80_000_000L;

    /** Used where nothing could be measured: what a slow disk reads. */
    private static final long CAUTIOUS_BYTES_PER_SECOND = 200_000_000L;

    private static final long WAL_PER_CHUNK = 24 * 1024L;

    private final List<CopySubject> subjects;
    private final Situation situation;
    private final Duration perChunk;

    ChunksEstimator(List<CopySubject> subjects, Situation situation, Strategy strategy) {
        this.subjects = List.copyOf(subjects);
        this.situation = situation;
        this.perChunk = strategy == Strategy.ADOPT ? PER_CHUNK : PER_CHUNK.plus(PER_DETACHED_CHUNK);
    }

    Estimate estimate(List<TableName> alsoLocked) {
        long relations = 0;
        Duration window = Duration.ZERO;
        Duration decompressing = Duration.ZERO;
        Duration reading = Duration.ZERO;
        long chunks = 0;
        long decompressed = 0;
        for (CopySubject subject : subjects) {
            Hypertable hypertable = hypertable(subject).findFirst().orElseThrow();
            long number = hypertable.chunks().size();
            long indexes = subject.table().indexes().size();
            long beside = between(subject, hypertable) + subject.partitioning().premake();
            window = window.plus(PER_TABLE)
                    .plus(perChunk.multipliedBy(number))
                    .plus(PER_INDEX.multipliedBy(number * indexes))
                    .plus(PER_BOUND.multipliedBy(2 * number * (beside + number / 2)));
            decompressing = decompressing.plus(decompression(hypertable));
            reading = reading.plus(reading(situation, subject.table().size()));
            chunks += number;
            decompressed += hypertable.compression().uncompressedBytes()
                    - hypertable.compression().bytes();
            relations += (number + beside) * (LOCKS_PER_CHUNK + indexes);
        }
        List<String> locked =
                new ArrayList<>(subjects.stream().map(s -> s.name().toString()).toList());
        alsoLocked.forEach(t -> locked.add(t.toString()));
        return new Estimate(
                List.of(new WindowEstimate(Step.CUTOVER, window, locked)),
                decompressing.plus(reading),
                WAL_PER_CHUNK * chunks + Math.max(0, decompressed) * 2,
                Math.max(0, decompressed),
                relations,
                situation.server().lockCapacity(),
                situation.readBytesPerSecond(),
                Map.of("decompress", decompressing, "prove-ranges", reading));
    }

    private static long between(CopySubject subject, Hypertable hypertable) {
        return Timed.of(subject.subject().target(), subject.table())
                .flatMap(Timed::width)
                .map(width -> ChunkGaps.of(hypertable.chunks(), width).partitions())
                .orElse(0L);
    }

    private static Stream<Hypertable> hypertable(CopySubject subject) {
        return subject.table().layout().match(h -> Stream.empty(), p -> Stream.empty(), Stream::of);
    }

    /** How long it takes to decompress what is compressed. */
    static Duration decompression(Hypertable hypertable) {
        return Duration.ofMillis(hypertable.compression().uncompressedBytes() * 1000 / DECOMPRESSED_BYTES_PER_SECOND);
    }

    /** How long it takes to read a heap once. */
    static Duration reading(Situation situation, Size size) {
        return reading(situation, size.heapBytes());
    }

    static Duration reading(Situation situation, long bytes) {
        long rate = situation.readBytesPerSecond() > 0 ? situation.readBytesPerSecond() : CAUTIOUS_BYTES_PER_SECOND;
        return Duration.ofMillis(bytes * 1000 / rate);
    }
}
