package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.testing.Rows;
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
            Map<Figure, Double> figures = Ours.convert(arena, request());
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
            Map<Figure, Double> figures = Ours.undo(arena, request());
            figures.put(Figure.DIFFERENCES, Contents.differences(before, Rows.of(arena.database(), TABLE)));
            return figures;
        });
    }

    @Override
    public List<Promise> promises(Samples samples) {
        List<Promise> promises = new ArrayList<>();
        List<Way> ways = ways();
        for (Way way : ways) {
            promises.add(
                    Promise.none("contents that differ, " + way.name(), samples.greatest(way, Figure.DIFFERENCES)));
            // Whoever goes back waits for the parts that have got rows since, too.
            double most = ways.indexOf(way) % 2 == 0 ? MILLIS : Wish.MAX_PAUSE_MILLIS;
            promises.add(
                    Promise.atMost("window, " + way.name(), Figure.WINDOW, most, samples.median(way, Figure.WINDOW)));
        }
        promises.add(flat("window", ways.get(0), ways.get(ways.size() - 2), samples));
        promises.add(flat("window back", ways.get(1), ways.get(ways.size() - 1), samples));
        return promises;
    }

    private static Promise flat(String what, Way smallest, Way largest, Samples samples) {
        return Promise.atMost(
                what + " of the largest table: 1.5 times that of the smallest, and 30 ms",
                Figure.WINDOW,
                TIMES * samples.median(smallest, Figure.WINDOW) + AND_MILLIS,
                samples.median(largest, Figure.WINDOW));
    }
}
