package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.testing.Readers;
import dev.tidemark.testing.Rows;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plain tables of three sizes that become history partitions, and plain tables again with rows that had got partitions of their own. */
final class Attaching implements Contest {
    /** Nobody waits longer for a table, however large. */
    private static final double MILLIS = 100;

    /** Of the noise of a machine. */
    private static final double TIMES = 1.5;

    private static final double AND_MILLIS = 30;
    /** A second. */
    private static final double READS = 100;

    private static final int READERS = 10;
    private static final String TABLE = "webhook_log";

    private final List<Long> sizes;
    private final long later;

    /** 0.2, 2 and 5 M rows, and 200,000 later ones; scaled by {@code share}. */
    Attaching(double share) {
        this.sizes = List.of(200_000L, 2_000_000L, 5_000_000L).stream()
                .map(size -> Math.round(size * share))
                .toList();
        this.later = Math.round(200_000 * share);
    }

    @Override
    public String name() {
        return "plain tables become history partitions";
    }

    @Override
    public long rows() {
        return sizes.get(sizes.size() - 1);
    }

    @Override
    public List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (long size : sizes) {
            ways.add(there(size));
            ways.add(back(size));
        }
        return ways;
    }

    private static ConversionRequest request() {
        return Wish.attached(TABLE, "timestamp");
    }

    /** By a connection of its own, because a program that psql runs in has ten minutes. */
    private static void start(Arena arena, long size) {
        arena.prepare("SELECT 'emptied'");
        arena.database().execute(Races.webhookLog(size));
        arena.database().execute("VACUUM (ANALYZE)");
        arena.database().execute("CHECKPOINT");
    }

    private static Way there(long size) {
        return new Way("%,d rows".formatted(size), arena -> {
            start(arena, size);
            Rows before = Rows.of(arena.database(), TABLE);
            Map<Figure, Double> figures = read(arena, () -> Ours.convert(arena, request()));
            figures.put(Figure.DIFFERENCES, Contents.differences(before, Rows.of(arena.database(), TABLE)));
            return figures;
        });
    }

    private Way back(long size) {
        return new Way("%,d rows, back".formatted(size), arena -> {
            start(arena, size);
            Ours.convert(arena, request());
            arena.database()
                    .execute(
                            "INSERT INTO webhook_log SELECT -i, 'p', 'e', now() + interval '5 days' + i * interval '1 second', '{}', 1, 'later' FROM generate_series(1, %d) AS i"
                                    .formatted(later));
            Rows before = Rows.of(arena.database(), TABLE);
            Map<Figure, Double> figures = read(arena, () -> Ours.undo(arena, request()));
            figures.put(Figure.DIFFERENCES, Contents.differences(before, Rows.of(arena.database(), TABLE)));
            return figures;
        });
    }

    /** What somebody waits for who asks again and again for one row of all partitions: the window as it is felt, measured by a clock that is not ours. */
    private static Map<Figure, Double> read(Arena arena, Application.Measured measured) throws Exception {
        try (Readers readers = Readers.start(arena.database(), READS, READERS, connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.executeQuery("SELECT FROM webhook_log WHERE id = 7");
            }
        })) {
            Map<Figure, Double> figures = measured.run();
            Readers.Report report = readers.stop();
            Console.say("      readers: %s", report);
            figures.put(Figure.LONGEST_WAIT, report.waits().max().toNanos() / 1e6);
            figures.put(Figure.FAILED, (double) report.failures().size());
            return figures;
        }
    }

    @Override
    public List<Promise> promises(Samples samples) {
        List<Promise> promises = new ArrayList<>();
        List<Way> ways = ways();
        for (Way way : ways) {
            promises.add(
                    Promise.none("contents that differ, " + way.name(), samples.greatest(way, Figure.DIFFERENCES)));
            promises.add(Promise.none("reads that fail, " + way.name(), samples.greatest(way, Figure.FAILED)));
            // Whoever goes back waits for the parts that have got rows since, too.
            double most = ways.indexOf(way) % 2 == 0 ? MILLIS : Wish.MAX_PAUSE_MILLIS;
            promises.add(
                    Promise.atMost("window, " + way.name(), Figure.WINDOW, most, samples.median(way, Figure.WINDOW)));
            promises.add(Promise.atMost(
                    "longest wait of a reader, " + way.name(),
                    Figure.LONGEST_WAIT,
                    most,
                    samples.median(way, Figure.LONGEST_WAIT)));
        }
        for (Figure figure : List.of(Figure.WINDOW, Figure.LONGEST_WAIT)) {
            promises.add(flat(figure, "", ways.get(0), ways.get(ways.size() - 2), samples));
            promises.add(flat(figure, ", back", ways.get(1), ways.get(ways.size() - 1), samples));
        }
        return promises;
    }

    private static Promise flat(Figure figure, String back, Way smallest, Way largest, Samples samples) {
        return Promise.atMost(
                figure.words() + " of the largest table" + back + ": 1.5 times that of the smallest, and 30 ms",
                figure,
                TIMES * samples.median(smallest, figure) + AND_MILLIS,
                samples.median(largest, figure));
    }
}
