package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Foretells what a copy takes. Measured on two cores with two workers: 5 M rows, 482 MB of heap with 530 MB of indexes, were loaded in 5 s, indexed in
 * 6 s, proved in 2.5 s and analyzed in 2.3 s. The bench holds it against what comes of it.
 */
final class CopyEstimator {
    private static final long LOADED_BYTES_PER_SECOND = 95_000_000L;
    private static final long INDEXED_BYTES_PER_SECOND = 85_000_000L;
    private static final long PROVED_BYTES_PER_SECOND = 190_000_000L;
    /** With its keys and indexes in place, as rows go into a table that is copied while writers wait: 53 s for the same rows. */
    private static final long KEPT_INDEXES_BYTES_PER_SECOND = 11_000_000L;

    private static final long ANALYZED_BYTES_PER_SECOND = 210_000_000L;
    /** Reading the catalog, making tables, journal, windows: with few rows there is nothing else. */
    private static final Duration FIXED = Duration.ofSeconds(2);

    private static final double WAL_PER_HEAP_BYTE = 1.3;
    /**
     * The last changes, names, triggers, privileges; a foreign key or a trigger takes about as long for each chunk as an index's catalog rows. Windows
     * with 30 chunks took from 80 ms on an idle server to 390 ms on one with eight times as much to do as it had cores.
     */
    private static final Duration PER_TABLE = Duration.ofMillis(120);

    private static final Duration PER_CHUNK = Duration.ofMillis(1);
    private static final Duration CAPTURE = Duration.ofMillis(20);

    private final List<CopySubject> subjects;
    private final Situation situation;

    CopyEstimator(List<CopySubject> subjects, Situation situation) {
        this.subjects = List.copyOf(subjects);
        this.situation = situation;
    }

    /** How long the writers of a table wait that is copied while they do. */
    static Duration offline(Table table) {
        Size size = table.size();
        double seconds = (double) size.heapBytes() / LOADED_BYTES_PER_SECOND
                + (double) (size.totalBytes() - size.heapBytes()) / KEPT_INDEXES_BYTES_PER_SECOND
                + (double) size.heapBytes() / PROVED_BYTES_PER_SECOND;
        return PER_TABLE.plus(Duration.ofMillis(Math.round(seconds * 1000)));
    }

    Estimate estimate() {
        Size size = subjects.stream().map(CopyEstimator::copied).reduce(Size.NONE, Size::plus);
        List<String> names = subjects.stream().map(s -> s.name().toString()).toList();
        long indexes = size.totalBytes() - size.heapBytes();
        long chunks = subjects.stream().mapToLong(s -> s.pieces().orElse(1)).sum();
        Map<String, Duration> steps = steps(size.heapBytes(), indexes);
        return new Estimate(
                windows(names, chunks),
                online(steps),
                Math.round(size.heapBytes() * WAL_PER_HEAP_BYTE) + indexes,
                size.totalBytes(),
                chunks
                        * (1
                                + subjects.stream()
                                        .mapToLong(s -> s.table().indexes().size())
                                        .max()
                                        .orElse(0)),
                situation.server().lockCapacity(),
                situation.readBytesPerSecond(),
                steps);
    }

    /** What of a table is written anew. */
    private static Size copied(CopySubject subject) {
        Size size = subject.table().size();
        return subject.rest()
                .map(rest -> size.times((double) rest.millionths() / Share.WHOLE))
                .orElse(size);
    }

    private List<WindowEstimate> windows(List<String> names, long chunks) {
        List<WindowEstimate> windows = new ArrayList<>(List.of(
                new WindowEstimate("capture", CAPTURE, names),
                new WindowEstimate(
                        Step.CUTOVER,
                        PER_TABLE.multipliedBy(subjects.size()).plus(PER_CHUNK.multipliedBy(chunks)),
                        names)));
        List<CopySubject> offline =
                subjects.stream().filter(CopySubject::offline).toList();
        if (!offline.isEmpty()) {
            List<String> waiting =
                    offline.stream().map(s -> s.name().toString()).toList();
            windows.add(new WindowEstimate(
                    Step.CUTOVER + ", before that for the writers of " + String.join(", ", waiting) + " alone",
                    offline.stream().map(s -> offline(s.table())).reduce(Duration.ZERO, Duration::plus),
                    waiting));
        }
        return windows;
    }

    /** What grows with the rows; the rest is {@link #FIXED}. */
    private Map<String, Duration> steps(long heap, long indexes) {
        Map<String, Duration> steps = new LinkedHashMap<>();
        steps.put("copy", at(heap, LOADED_BYTES_PER_SECOND));
        steps.put("indexes", at(indexes, INDEXED_BYTES_PER_SECOND));
        steps.put("statistics", at(heap, ANALYZED_BYTES_PER_SECOND));
        if (situation.options().verification() != Verification.NONE) {
            steps.put("prove", at(heap, PROVED_BYTES_PER_SECOND));
        }
        return steps;
    }

    private static Duration online(Map<String, Duration> steps) {
        return steps.values().stream().reduce(FIXED, Duration::plus);
    }

    private static Duration at(long bytes, long bytesPerSecond) {
        return Duration.ofMillis(Math.round(1000.0 * bytes / bytesPerSecond));
    }
}
