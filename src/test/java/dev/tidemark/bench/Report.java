package dev.tidemark.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything that was measured, as {@code bench.json} and as tables for people, {@code bench.md}. Rewritten after each contest. */
final class Report {
    private final String settings;
    private final int rounds;
    private final List<Entry> entries = new ArrayList<>();

    Report(String settings, int rounds) {
        this.settings = settings;
        this.rounds = rounds;
    }

    /** One contest and what came of it. */
    record Entry(Contest contest, Samples samples, List<Promise> promises) {}

    void add(Entry entry) {
        entries.add(entry);
    }

    List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** What was not kept, with the contest. */
    List<String> missed() {
        return entries.stream()
                .flatMap(e -> e.promises().stream()
                        .filter(p -> !p.held())
                        .map(p -> e.contest().name() + ": " + p.what() + " " + p.bound() + ", but " + p.measured()))
                .toList();
    }

    void write(Path directory) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("bench.md"), markdown());
            Files.writeString(directory.resolve("bench.json"), json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String markdown() {
        return settings + " Median of " + rounds + (rounds == 1 ? " round" : " rounds")
                + " in alternating order; failures, differences and longest waits are the worst of all.\n\n"
                + promises()
                + entries.stream().map(Report::figures).collect(Collectors.joining())
                + foretold();
    }

    private String promises() {
        return table(
                List.of("promised", "bound", "measured", ""),
                entries.stream()
                        .flatMap(e -> e.promises().stream()
                                .map(p -> List.of(
                                        e.contest().name() + ": " + p.what(),
                                        p.bound(),
                                        p.measured(),
                                        p.held() ? "" : "MISSED")))
                        .toList());
    }

    /** One line for each way, one column for each figure that one of them has. */
    private static String figures(Entry entry) {
        List<Way> ways = entry.contest().ways();
        List<Figure> figures = Arrays.stream(Figure.values())
                .filter(f -> !f.isToldElsewhere())
                .filter(f -> ways.stream().anyMatch(w -> entry.samples().has(w, f)))
                .toList();
        String head =
                "%s, %,d rows".formatted(entry.contest().name(), entry.contest().rows());
        return table(
                Stream.concat(Stream.of(head), figures.stream().map(Figure::words))
                        .toList(),
                ways.stream()
                        .map(w -> Stream.concat(
                                        Stream.of(w.name()), figures.stream().map(f -> text(entry, w, f)))
                                .toList())
                        .toList());
    }

    private static String text(Entry entry, Way way, Figure figure) {
        if (!entry.samples().has(way, figure)) {
            return "–";
        }
        return figure.text(
                figure == Figure.LONGEST_WAIT
                        ? entry.samples().greatest(way, figure)
                        : entry.samples().median(way, figure));
    }

    private String foretold() {
        List<List<String>> rows = new ArrayList<>();
        for (Entry entry : entries) {
            for (Way way : entry.contest().ways()) {
                if (entry.samples().has(way, Figure.FORETOLD_TOTAL)) {
                    List<String> row = new ArrayList<>(List.of(entry.contest().name()));
                    Foretold.PAIRS.forEach((outcome, estimate) -> row.add("%s, %s (%.1f×)"
                            .formatted(
                                    estimate.text(entry.samples().median(way, estimate)),
                                    outcome.text(entry.samples().median(way, outcome)),
                                    Foretold.ratio(entry.samples(), way, outcome))));
                    rows.add(row);
                }
            }
        }
        List<String> head = new ArrayList<>(List.of("foretold, measured"));
        Foretold.PAIRS.keySet().forEach(f -> head.add(f.words()));
        return rows.isEmpty() ? "" : table(head, rows);
    }

    private static String table(List<String> head, List<List<String>> rows) {
        return line(head) + "|---".repeat(head.size()) + "|\n"
                + rows.stream().map(Report::line).collect(Collectors.joining()) + "\n";
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    String json() {
        return "{\"settings\": " + quoted(settings) + ", \"rounds\": " + rounds + ", \"contests\": [\n"
                + entries.stream().map(Report::json).collect(Collectors.joining(",\n")) + "\n]}\n";
    }

    private static String json(Entry entry) {
        String ways = entry.contest().ways().stream()
                .map(w -> "    {\"way\": " + quoted(w.name()) + numbers(medians(entry.samples(), w)) + "}")
                .collect(Collectors.joining(",\n"));
        String promises = entry.promises().stream()
                .map(p -> "    {\"promise\": %s, \"bound\": %s, \"measured\": %s, \"held\": %s}"
                        .formatted(quoted(p.what()), quoted(p.bound()), quoted(p.measured()), p.held()))
                .collect(Collectors.joining(",\n"));
        return "  {\"contest\": %s, \"rows\": %d, \"ways\": [\n%s],\n  \"promises\": [\n%s]}"
                .formatted(quoted(entry.contest().name()), entry.contest().rows(), ways, promises);
    }

    private static Map<Figure, Double> medians(Samples samples, Way way) {
        Map<Figure, Double> medians = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) {
            if (samples.has(way, figure)) {
                medians.put(figure, samples.median(way, figure));
            }
        }
        return medians;
    }

    private static String numbers(Map<Figure, Double> figures) {
        return figures.entrySet().stream()
                .map(e -> String.format(
                        Locale.ROOT, ", \"%s\": %.3f", e.getKey().name().toLowerCase(Locale.ROOT), e.getValue()))
                .collect(Collectors.joining());
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
