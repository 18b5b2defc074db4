package dev.tidemark.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the demo has to say: on the terminal at once, 100 columns wide, and in files afterwards. Counts the proofs that failed. */
final class Page {
    private static final int WIDTH = 100;
    private static final int TEXT = 84;

    private final Path directory;
    private final List<String> lines = new ArrayList<>();
    private final List<String> proofs = new ArrayList<>();
    private int failed;

    Page(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void heading(String text) {
        line("");
        line("== " + text + " " + "=".repeat(Math.max(0, WIDTH - text.length() - 4)));
    }

    void line(String format, Object... arguments) {
        String text = arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments);
        System.out.println(text);
        lines.add(text);
    }

    /** One proof: said, and remembered where it does not hold. */
    void proof(boolean holds, String format, Object... arguments) {
        String text = String.format(Locale.ROOT, format, arguments);
        failed += holds ? 0 : 1;
        proofs.add((holds ? "- held: " : "- **FAILED**: ") + text);
        boolean first = true;
        for (String part : wrapped(text)) {
            line((first ? (holds ? "   held     " : "   FAILED   ") : "            ") + part);
            first = false;
        }
    }

    /** Columns as wide as they must be; the first to the left, the others to the right. */
    void table(List<String> header, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>(List.of(header));
        all.addAll(rows);
        int[] widths = IntStream.range(0, header.size())
                .map(c -> all.stream().mapToInt(r -> r.get(c).length()).max().orElse(0))
                .toArray();
        for (int i = 0; i < all.size(); i++) {
            List<String> row = all.get(i);
            line("   "
                    + IntStream.range(0, row.size())
                            .mapToObj(c -> padded(row.get(c), widths[c], c == 0))
                            .collect(Collectors.joining("   "))
                            .stripTrailing());
            if (i == 0) {
                line("   " + IntStream.of(widths).mapToObj("-"::repeat).collect(Collectors.joining("   ")));
            }
        }
    }

    boolean allHeld() {
        return failed == 0;
    }

    int proofs() {
        return proofs.size();
    }

    int failures() {
        return failed;
    }

    String proofList() {
        return String.join("\n", proofs) + "\n";
    }

    void write(String file, String content) {
        try {
            Files.writeString(directory.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void writeLog() {
        write("log.txt", String.join("\n", lines) + "\n");
    }

    private static String padded(String text, int width, boolean left) {
        return left ? text + " ".repeat(width - text.length()) : " ".repeat(width - text.length()) + text;
    }

    private static List<String> wrapped(String text) {
        List<String> parts = new ArrayList<>();
        var part = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (part.length() + word.length() >= TEXT && part.length() > 0) {
                parts.add(part.toString());
                part.setLength(0);
            }
            part.append(part.length() == 0 ? "" : " ").append(word);
        }
        parts.add(part.toString());
        return parts;
    }
}
