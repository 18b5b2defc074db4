package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The tests that this machine cannot run, with what therefore stays unproved here: {@code target/not-shown.txt}. */
final class NotShown {

    private static final Path FILE = Path.of("target", "not-shown.txt");
    private static final Set<String> LINES = new TreeSet<>();

    private NotShown() {}

    /** Rewrites the whole file, so that it never shows what an earlier build could not. */
    static synchronized void record(String test, String reason) {
        LINES.add(test + "\t" + reason);
        write();
    }

    static synchronized void write() {
        try {
            Files.createDirectories(FILE.getParent());
            Files.write(FILE, LINES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
