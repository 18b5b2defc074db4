package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.testing.Database;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A conversion in a JVM of its own with 64 MB of heap: many rows, and rows that would not fit into it. */
final class SmallHeap implements Contest {
    private static final int HEAP_MB = 64;

    private final long rows;
    private final long large;

    /** 5 M rows, and eight of 50 MB; scaled by {@code share}. */
    SmallHeap(double share) {
        this.rows = Math.round(5_000_000 * share);
        this.large = Math.max(2, Math.round(8 * share));
    }

    @Override
    public String name() {
        return "with -Xmx64m";
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public List<Way> ways() {
        return List.of(
                way("a table of %,d rows".formatted(rows), Metrics.start(rows), Metrics.TABLE),
                way("%d rows of 50 MB".formatted(large), largeRows(), "documents"));
    }

    private String largeRows() {
        return """
                CREATE TABLE documents (id bigint NOT NULL, ts timestamptz NOT NULL, contents text NOT NULL, PRIMARY KEY (id, ts));
                ALTER TABLE documents ALTER contents SET STORAGE EXTERNAL;
                INSERT INTO documents SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '1 hour', repeat(md5(i::text), 50 * 1024 * 1024 / 32)
                  FROM generate_series(1, %d) AS i;
                """
                .formatted(large);
    }

    private static Way way(String name, String start, String table) {
        return new Way(name, arena -> {
            arena.prepare(start);
            Process[] ended = {null};
            String[] said = {""};
            Map<Figure, Double> figures = arena.measured(() -> {
                Process process = start(arena.database(), table);
                said[0] = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                process.waitFor();
                ended[0] = process;
            });
            if (ended[0].exitValue() != 0) {
                throw new IllegalStateException(name + " ended with " + ended[0].exitValue() + ":\n" + said[0]);
            }
            figures.put(Figure.HEAP, Double.parseDouble(last(said[0])));
            Console.say("      %s", said[0].strip().replace("\n", ", "));
            figures.put(Figure.DIFFERENCES, Contents.differences(arena.database(), table, table + "_old"));
            return figures;
        });
    }

    private static String last(String said) {
        String text = said.strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    private static Process start(Database database, String table) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP_MB + "m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        classPath(),
                        SmallHeapRun.class.getName(),
                        database.jdbcUrl(),
                        database.server().user(),
                        database.server().password(),
                        table)
                .redirectErrorStream(true)
                .start();
    }

    private static String classPath() {
        String libraries = System.getProperty("tidemark.testClasspath", "");
        if (libraries.isEmpty()) {
            throw new IllegalStateException("tidemark.testClasspath is not set: the build sets it");
        }
        return String.join(":", "target/test-classes", "target/classes", libraries);
    }

    @Override
    public List<Promise> promises(Samples samples) {
        return ways().stream()
                .flatMap(way -> List.of(
                        Promise.atMost("heap, " + way.name(), Figure.HEAP, HEAP_MB, samples.greatest(way, Figure.HEAP)),
                        Promise.none("contents that differ, " + way.name(), samples.greatest(way, Figure.DIFFERENCES)))
                        .stream())
                .toList();
    }

    /** What the other JVM does: the same as in a race. */
    static ConversionRequest request(String table) {
        return Wish.hypertable(table, Metrics.TIME);
    }
}
