package dev.tidemark.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What every way of a contest showed in every round. Not for several threads. */
final class Samples {
    private final Map<String, List<Map<Figure, Double>>> rounds = new LinkedHashMap<>();

    void note(Way way, Map<Figure, Double> figures) {
        rounds.computeIfAbsent(way.name(), n -> new ArrayList<>()).add(new EnumMap<>(figures));
    }

    /** The one in the middle; of an even number the greater of the two. */
    double median(Way way, Figure figure) {
        double[] sorted = all(way, figure).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalStateException(way.name() + " has no " + figure);
        }
        return sorted[sorted.length / 2];
    }

    double greatest(Way way, Figure figure) {
        return all(way, figure).max().orElseThrow();
    }

    double least(Way way, Figure figure) {
        return all(way, figure).min().orElseThrow();
    }

    boolean has(Way way, Figure figure) {
        return all(way, figure).findAny().isPresent();
    }

    private DoubleStream all(Way way, Figure figure) {
        return rounds.getOrDefault(way.name(), List.of()).stream()
                .filter(round -> round.containsKey(figure))
                .mapToDouble(round -> round.get(figure));
    }
}
