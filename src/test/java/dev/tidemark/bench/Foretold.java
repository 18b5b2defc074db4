package dev.tidemark.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a plan foretells, against what came. */
final class Foretold {
    /**
     * People decide by it when to run, and whether the disk will do: the order of magnitude counts. Half of it is the difference between two machines,
     * of which the one the estimate was calibrated on is one; the other half is what else the server has to do.
     */
    private static final double WITHIN = 3;

    static final Map<Figure, Figure> PAIRS = new EnumMap<>(Map.of(
            Figure.TOTAL, Figure.FORETOLD_TOTAL,
            Figure.WINDOW, Figure.FORETOLD_WINDOW,
            Figure.WAL, Figure.FORETOLD_WAL,
            Figure.DISK, Figure.FORETOLD_DISK));

    private Foretold() {}

    /** How many times what was foretold. */
    static double ratio(Samples samples, Way way, Figure outcome) {
        return samples.median(way, outcome) / samples.median(way, PAIRS.get(outcome));
    }

    static List<Promise> promises(Samples samples, Way way) {
        return PAIRS.keySet().stream()
                .map(outcome -> {
                    double ratio = ratio(samples, way, outcome);
                    return Promise.atMostTimes(
                            outcome.words() + " as foretold, or the other way round",
                            WITHIN,
                            Math.max(ratio, 1 / ratio));
                })
                .toList();
    }
}
