package dev.tidemark.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Draws random faults, tries them, and keeps count. The same seed draws the same faults. */
final class Campaign {
    /** Draws for one fault that never hits: then something is wrong with it. */
    private static final int DRAWS = 25;

    private static final List<String> COPYING = List.of("copy", "cutover");

    private final Stage stage;
    private final long seed;
    private final List<Trial.Result> hits = new ArrayList<>();
    private final Map<String, Integer> missed = new TreeMap<>();
    private final List<String> broken = new ArrayList<>();

    Campaign(Stage stage, long seed) {
        this.stage = stage;
        this.seed = seed;
    }

    /** So many faults of the given kinds against a conversion, each kind as often as any other. */
    void against(Conversion conversion, int count, Set<Fault> faults) {
        List<Fault> kinds = List.copyOf(faults);
        for (int i = 0; i < count; i++) {
            strike(conversion, kinds.get(i % kinds.size()), i);
        }
    }

    /** One fault that hits. */
    void strike(Conversion conversion, Fault fault, int number) {
        // Random's first numbers are much alike for seeds that are.
        Random random = new Random(
                new SplittableRandom(Objects.hash(seed, conversion.name(), fault.name(), number)).nextLong());
        for (int draw = 0; draw < DRAWS; draw++) {
            Blow blow = draw(conversion, fault, random);
            long begin = System.nanoTime();
            try {
                Trial.Result result = new Trial(stage, blow).run();
                say("  %s%s", describe(result), seconds(begin));
                if (result.hit()) {
                    hits.add(result);
                    return;
                }
                missed.merge(key(conversion, fault), 1, Integer::sum);
            } catch (AssertionError e) {
                broken.add(blow + " (-Dseed=" + seed + ", number " + number + ", draw " + draw + ")"
                        + System.lineSeparator() + e.getMessage());
                say("  BROKEN %s%s", broken.get(broken.size() - 1), seconds(begin));
                return;
            }
        }
        broken.add(conversion + ": " + fault + " did not hit once in " + DRAWS + " draws");
    }

    private Blow draw(Conversion conversion, Fault fault, Random random) {
        boolean back = fault.strikesBack() && random.nextBoolean();
        String step =
                switch (fault) {
                    case DISK_FULL -> "copy";
                    // From a finished conversion the way back has one window only that anybody can be in the way of.
                    case LOCK_HELD -> back ? "cutover" : one(conversion.windows(), random);
                    case DEADLOCK -> back ? "cutover" : one(COPYING, random);
                    default -> stage.undisturbed(conversion, back).timetable().draw(random);
                };
        return new Blow(conversion, fault, back, step, random.nextDouble(), random.nextLong());
    }

    private static String one(List<String> steps, Random random) {
        return steps.get(random.nextInt(steps.size()));
    }

    /** What did not hold, empty if everything did. */
    List<String> broken() {
        return List.copyOf(broken);
    }

    private static String describe(Trial.Result result) {
        return result.hit()
                ? "%s: %d starts, longest wait %d ms%s"
                        .formatted(
                                result.blow(),
                                result.starts(),
                                result.longestWait().toMillis(),
                                result.answer().isEmpty()
                                        ? ""
                                        : "; "
                                                + result.answer()
                                                        .lines()
                                                        .findFirst()
                                                        .orElse(""))
                : result.blow() + ": missed, drawn again";
    }

    private static String seconds(long begin) {
        return String.format(Locale.ROOT, " [%.1f s]", (System.nanoTime() - begin) / 1e9);
    }

    /** {@code target/faults.md} and {@code target/faults.json}. */
    void write() {
        Map<String, List<Trial.Result>> byKind = hits.stream()
                .collect(Collectors.groupingBy(
                        r -> key(r.blow().conversion(), r.blow().fault()), LinkedHashMap::new, Collectors.toList()));
        StringBuilder table = new StringBuilder("Seed " + seed + "\n\n"
                + "| conversion | fault | hits | there | back | missed, drawn again | starts, mean | longest wait of the application | steps |\n"
                + "|---|---|---|---|---|---|---|---|---|\n");
        List<String> json = new ArrayList<>();
        byKind.forEach((key, results) -> {
            long back = results.stream().filter(r -> r.blow().back()).count();
            double starts =
                    results.stream().mapToInt(Trial.Result::starts).average().orElse(0);
            long longest = results.stream()
                    .map(Trial.Result::longestWait)
                    .max(Duration::compareTo)
                    .orElse(Duration.ZERO)
                    .toMillis();
            Map<String, Long> steps = results.stream()
                    .collect(Collectors.groupingBy(r -> r.blow().step(), TreeMap::new, Collectors.counting()));
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %d | %.1f | %d ms | %s |%n",
                    key,
                    results.size(),
                    results.size() - back,
                    back,
                    missed.getOrDefault(key, 0),
                    starts,
                    longest,
                    steps));
            String[] names = key.split(" \\| ", 2);
            json.add(String.format(
                    Locale.ROOT,
                    "{\"conversion\": \"%s\", \"fault\": \"%s\", \"hits\": %d, \"back\": %d, \"missed\": %d, \"starts\": %.2f, \"longest_wait_ms\": %d}",
                    names[0],
                    names[1],
                    results.size(),
                    back,
                    missed.getOrDefault(key, 0),
                    starts,
                    longest));
        });
        table.append("\nBroken: ")
                .append(broken.isEmpty() ? "none" : broken.size())
                .append('\n');
        broken.forEach(b -> table.append("\n* ").append(b).append('\n'));
        try {
            Files.createDirectories(Path.of("target"));
            Files.writeString(Path.of("target", "faults.md"), table.toString());
            Files.writeString(
                    Path.of("target", "faults.json"),
                    "{\"seed\": " + seed + ", \"broken\": " + broken.size() + ", \"faults\": [\n  "
                            + String.join(",\n  ", json) + "\n]}\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        say("%n%s", table);
    }

    private static String key(Conversion conversion, Fault fault) {
        return conversion + " | " + fault;
    }

    static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
