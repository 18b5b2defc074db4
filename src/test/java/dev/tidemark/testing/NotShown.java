package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The tests that this machine cannot run, with what therefore stays unproved here: {@code target/not-shown.txt}. Several JVMs run tests, so each leaves its
 * lines in a file of its own, and the report is made of all of them.
 */
final class NotShown {

    private static final Path FILE = Path.of("target", "not-shown.txt");
    private static final Path LISTS = Path.of("target", "not-shown");
    private static final Set<String> LINES = new TreeSet<>();

    private NotShown() {}

    /** Rewrites its whole list, so that it never shows what an earlier build could not. */
    static synchronized void record(String test, String reason) {
        LINES.add(test + "\t" + reason);
        write();
    }

    static synchronized void write() {
        try {
            Files.createDirectories(LISTS);
            Files.write(LISTS.resolve(System.getProperty("tidemark.phase", "by-hand") + ".txt"), LINES);
            var all = new TreeSet<String>();
            try (Stream<Path> lists = Files.list(LISTS)) {
                for (Path list : lists.toList()) {
                    all.addAll(Files.readAllLines(list));
                }
            }
            Files.write(FILE, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
