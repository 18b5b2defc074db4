package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.testing.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The way back of a conversion after very many writes, from tables of two sizes with the same writes. */
final class LateUndo implements Contest {
    private static final double TIMES = 1.5;
    /** The noise of a lock that is waited for. */
    private static final double AND_MILLIS = 100;

    private final long rows;
    private final long writes;

    /** 1 M writes to tables of 1 M and of 4 M rows, scaled by {@code share}. */
    LateUndo(double share) {
        this.rows = Math.round(2_000_000 * share);
        this.writes = rows / 2;
    }

    @Override
    public String name() {
        return "the way back after %,d writes".formatted(writes);
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public List<Way> ways() {
        return List.of(back(rows / 2), back(rows * 2));
    }

    private Way back(long size) {
        ConversionRequest request = Wish.hypertable(Metrics.TABLE, Metrics.TIME);
        return new Way("undo of a table of %,d rows".formatted(size), arena -> {
            arena.prepare(Metrics.start(size));
            Ours.convert(arena, request);
            writes().forEach(arena.database()::execute);
            Rows before = Rows.of(arena.database(), Metrics.TABLE);
            Map<Figure, Double> figures = Ours.undo(arena, request);
            figures.put(Figure.DIFFERENCES, Contents.differences(before, Rows.of(arena.database(), Metrics.TABLE)));
            return figures;
        });
    }

    /** Four tenths inserted, four updated, two deleted, of the oldest rows; one statement for each row would take longer than everything else. */
    private List<String> writes() {
        long tenth = writes / 10;
        return List.of(
                """
                INSERT INTO metrics SELECT %d + i, 1 + i %% 10000, timestamptz '2025-02-01 00:00+00' + i * interval '10 milliseconds', -0.0, 1, 'written later'
                  FROM generate_series(1, %d) AS i"""
                        .formatted(Metrics.FIRST_WRITTEN, 4 * tenth),
                "UPDATE metrics SET temperature = temperature + 1, note = NULL WHERE id <= %d".formatted(4 * tenth),
                "DELETE FROM metrics WHERE id > %d AND id <= %d".formatted(4 * tenth, 6 * tenth));
    }

    @Override
    public List<Promise> promises(Samples samples) {
        Way smaller = ways().get(0);
        Way larger = ways().get(1);
        List<Promise> promises = new ArrayList<>();
        for (Way way : ways()) {
            promises.add(
                    Promise.none("contents that differ, " + way.name(), samples.greatest(way, Figure.DIFFERENCES)));
            promises.add(Promise.atMost(
                    "window, " + way.name(),
                    Figure.WINDOW,
                    Wish.MAX_PAUSE_MILLIS,
                    samples.greatest(way, Figure.WINDOW)));
        }
        promises.add(Promise.atMost(
                "window of the larger table: 1.5 times that of the smaller, and 100 ms",
                Figure.WINDOW,
                TIMES * samples.median(smaller, Figure.WINDOW) + AND_MILLIS,
                samples.median(larger, Figure.WINDOW)));
        return promises;
    }
}
