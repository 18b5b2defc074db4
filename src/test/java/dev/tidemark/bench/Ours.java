package dev.tidemark.bench;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.Estimate;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.run.ClosedWindow;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A conversion or its way back by Tidemark: what it took, and what its plan had foretold. Total is from connecting to the end, proof and ANALYZE included. */
final class Ours implements Listener {
    /** Everything from capture to catch-up: what the share of the proof refers to. */
    private static final List<String> COPY =
            List.of("capture", "new-table", "copy", "indexes", "join-indexes", "catch-up");

    private static final List<String> PROOF = List.of("prove", "judge");
    private static final double MEGABYTE = 1e6;

    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private Estimate foretold = Estimate.NONE;
    private ClosedWindow longest = new ClosedWindow(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private Ours() {}

    /** Something that Tidemark does. */
    interface Deed {
        Outcome by(Tidemark tidemark);
    }

    static Map<Figure, Double> convert(Arena arena, ConversionRequest request) throws Exception {
        Ours ours = new Ours();
        Map<Figure, Double> figures = ours.measured(arena, tidemark -> tidemark.apply(request));
        figures.put(Figure.PROOF, 100 * ours.sum(PROOF) / ours.sum(COPY));
        figures.put(Figure.FORETOLD_TOTAL, ours.foretold.online().toMillis() / 1e3);
        figures.put(
                Figure.FORETOLD_WINDOW, (double) ours.foretold.longestWindow().toMillis());
        figures.put(Figure.FORETOLD_WAL, ours.foretold.walBytes() / MEGABYTE);
        figures.put(Figure.FORETOLD_DISK, ours.foretold.diskBytes() / MEGABYTE);
        return figures;
    }

    static Map<Figure, Double> undo(Arena arena, ConversionRequest request) throws Exception {
        return new Ours()
                .measured(
                        arena,
                        tidemark ->
                                tidemark.undo(request.names(), request.options().tuning()));
    }

    private Map<Figure, Double> measured(Arena arena, Deed deed) throws Exception {
        Map<Figure, Double> figures = arena.measured(() -> {
            try (Connection connection = arena.database().connect()) {
                Tidemark tidemark = Tidemark.on(
                        connection, () -> Optional.of(arena.database().connect()), Tidemark.DEFAULT_SCHEMA, this);
                deed.by(tidemark);
            }
        });
        figures.put(Figure.WINDOW, longest.pause().toNanos() / 1e6);
        figures.put(Figure.COMMIT, longest.commit().toNanos() / 1e6);
        Console.say("      steps %s", seconds);
        return figures;
    }

    private double sum(List<String> steps) {
        return seconds.entrySet().stream()
                .filter(e -> steps.stream().anyMatch(id -> isThat(id, e.getKey())))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** Where there are several tables each has its step, with a number. */
    private static boolean isThat(String id, String step) {
        return step.equals(id) || step.matches(id + "-\\d+");
    }

    @Override
    public void runStarts(Plan plan, String runId, boolean resumed) {
        foretold = plan.estimate();
    }

    @Override
    public void stepEnds(Step step, Duration took) {
        seconds.put(step.id(), took.toNanos() / 1e9);
    }

    @Override
    public void windowCloses(Step step, ClosedWindow window) {
        if (window.pause().compareTo(longest.pause()) > 0) {
            longest = window;
        }
    }

    @Override
    public void windowPostponed(Step step, int attempt, String reason, Duration pause) {
        Console.say(
                "      %s postponed for %.1f s, attempt %d: %s",
                step.id(),
                pause.toMillis() / 1e3,
                attempt,
                reason.lines().findFirst().orElse(""));
    }

    @Override
    public void rests(Optional<String> reason) {
        Console.say("      %s", reason.map(why -> "rests: " + why).orElse("goes on"));
    }
}
