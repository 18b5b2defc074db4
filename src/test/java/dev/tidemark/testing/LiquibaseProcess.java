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
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Liquibase's command line as people run it: a JVM of its own that can be killed. Not a test double, and not {@code CommandScope}: what
 * SIGKILL leaves in the database can only be seen this way.
 */
public final class LiquibaseProcess implements AutoCloseable {

    private static final int SIGKILLED = 128 + 9;
    private static final int SIGTERMED = 128 + 15;

    private final Process process;
    private final Path stdout;
    private final Path stderr;

    private LiquibaseProcess(Process process, Path stdout, Path stderr) {
        this.process = process;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** What to run: a version against a database, with changelogs found in a directory and classes beside our jar in others. Immutable. */
    public record Launch(
            LiquibaseVersion version,
            Database database,
            Path changelogs,
            Map<String, String> environment,
            List<Path> classes) {

        public Launch {
            environment = Map.copyOf(environment);
            classes = List.copyOf(classes);
        }

        public Launch(LiquibaseVersion version, Database database, Path changelogs) {
            this(version, database, changelogs, Map.of(), List.of());
        }

        /** With one more environment variable, such as {@code LIQUIBASE_LOG_LEVEL} or {@code TIDEMARK_WORKERS}. */
        public Launch with(String variable, String value) {
            var all = new TreeMap<>(environment);
            all.put(variable, value);
            return new Launch(version, database, changelogs, all, classes);
        }

        /** With the classes below that directory, for a changelog that names them. */
        public Launch withClasses(Path directory) {
            return new Launch(version, database, changelogs, environment, List.of(directory));
        }

        private String classPath() {
            return Stream.concat(
                            Stream.of(version.classPath()), classes.stream().map(Path::toString))
                    .collect(Collectors.joining(":"));
        }

        /** Starts it and waits for its end, at most two minutes. */
        public Output run(String... arguments) {
            try (LiquibaseProcess started = start(arguments)) {
                return started.await(Duration.ofMinutes(2));
            }
        }

        /** Starts it. Global options come before the command, its arguments after it. */
        public LiquibaseProcess start(String... arguments) {
            var line = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1", // 1.3 s instead of 2.1 s for a short run
                    "-cp",
                    classPath(),
                    "liquibase.integration.commandline.LiquibaseCommandLine",
                    "--show-banner=false"));
            line.addAll(List.of(arguments));
            try {
                Path stdout = Files.createTempFile("liquibase", ".out");
                Path stderr = Files.createTempFile("liquibase", ".err");
                var builder = new ProcessBuilder(line)
                        .redirectOutput(stdout.toFile())
                        .redirectError(stderr.toFile())
                        .redirectInput(Path.of("/dev/null").toFile());
                Map<String, String> variables = builder.environment();
                variables.put(
                        "LIQUIBASE_SEARCH_PATH", changelogs.toAbsolutePath().toString());
                variables.put("LIQUIBASE_ANALYTICS_ENABLED", "false");
                variables.put("LIQUIBASE_COMMAND_URL", database.jdbcUrl());
                variables.put("LIQUIBASE_COMMAND_USERNAME", database.server().user());
                variables.put("LIQUIBASE_COMMAND_PASSWORD", database.server().password());
                variables.putAll(environment);
                return new LiquibaseProcess(builder.start(), stdout, stderr);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Waits for its end. @throws AssertionError with what it said, if it does not end in time; it is killed then */
    public Output await(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("liquibase did not end within " + limit + "\n" + stdout() + stderr());
            }
            return new Output(process.exitValue(), stdout(), stderr());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public boolean isRunning() {
        return process.isAlive();
    }

    /** SIGKILL. @throws AssertionError if it missed: a run that had ended by itself shows nothing about kills */
    public Output kill() {
        return ended("KILL", SIGKILLED, Duration.ofSeconds(10));
    }

    /** SIGTERM, then its orderly end. @throws AssertionError if it missed or did not end within that time */
    public Output terminate(Duration limit) {
        return ended("TERM", SIGTERMED, limit);
    }

    /** SIGSTOP: alive and connected, but answering nothing, like a frozen machine. */
    public void freeze() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void thaw() {
        signal("CONT");
    }

    private Output ended(String signal, int exitCode, Duration limit) {
        signal(signal);
        Output output = await(limit);
        if (output.exitCode() != exitCode) {
            throw new AssertionError("SIG" + signal + " missed, liquibase ended with exit code " + output.exitCode()
                    + "\n" + output.stdout() + output.stderr());
        }
        return output;
    }

    private void signal(String name) {
        Output sent =
                Command.of("sh", "-c", "kill -" + name + " " + process.pid()).run();
        if (sent.exitCode() != 0) {
            throw new AssertionError("SIG" + name + " missed, liquibase had ended:\n" + stdout() + stderr());
        }
    }

    /** What it has printed so far. */
    public String stdout() {
        return text(stdout);
    }

    /** What it has printed so far to standard error: Liquibase's messages go there. */
    public String stderr() {
        return text(stderr);
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        try {
            Files.deleteIfExists(stdout);
            Files.deleteIfExists(stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
