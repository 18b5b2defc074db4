package dev.tidemark.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One external program, run to its end. Streams go through files, because a full pipe would block the program. */
record Command(List<String> line, String input, Map<String, String> environment, Duration limit) {

    Command {
        line = List.copyOf(line);
        environment = Map.copyOf(environment);
    }

    /** Without input, and killed after ten minutes: a package mirror that answers slowly must not hang a build for ever. */
    static Command of(String... line) {
        return new Command(List.of(line), "", Map.of(), Duration.ofMinutes(10));
    }

    static Command of(List<String> line) {
        return new Command(line, "", Map.of(), Duration.ofMinutes(10));
    }

    Command withInput(String text) {
        return new Command(line, text, environment, limit);
    }

    Command with(String variable, String value) {
        var all = new java.util.HashMap<>(environment);
        all.put(variable, value);
        return new Command(line, input, all, limit);
    }

    /** The same line behind a prefix, as in {@code chroot DIRECTORY …}. */
    Command behind(List<String> prefix) {
        var all = new ArrayList<>(prefix);
        all.addAll(line);
        return new Command(all, input, environment, limit);
    }

    Output run() {
        try {
            Path in = Files.createTempFile("tidemark", ".in");
            Path out = Files.createTempFile("tidemark", ".out");
            Path err = Files.createTempFile("tidemark", ".err");
            try {
                return run(Files.writeString(in, input), out, err);
            } finally {
                Files.delete(in);
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Output run(Path in, Path out, Path err) throws IOException {
        var builder = new ProcessBuilder(line)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!ended(process)) {
            process.destroyForcibly();
            throw new IllegalStateException(line + " did not end within " + limit + "\n" + text(out) + text(err));
        }
        return new Output(process.exitValue(), text(out), text(err));
    }

    private boolean ended(Process process) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + line, e);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), UTF_8);
    }

    /** Whether a program of this name is on the search path. */
    static boolean exists(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
