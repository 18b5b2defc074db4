package dev.tidemark.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes {@code target/ticks.md}: each tick with the tests that claim it, and the open ones. Several JVMs run tests, one class after the
 * other, so each leaves its claims in a file of its own and the report is made of all of them.
 */
public final class TickReport implements TestExecutionListener {

    private static final Path TARGET = Path.of("target");
    private static final Path CLAIMS = TARGET.resolve("ticks");

    private record Claim(String tick, String test, String outcome) {}

    /** Of all classes that this JVM has run; each may be a plan of its own. */
    private static final Set<String> LINES = new TreeSet<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        claim(test, result.getStatus() == TestExecutionResult.Status.SUCCESSFUL ? "passed" : "FAILED");
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        claim(test, reason.startsWith("not shown here") ? "not shown here" : "SKIPPED");
    }

    private static synchronized void claim(TestIdentifier test, String outcome) {
        if (test.getSource().orElse(null) instanceof MethodSource method) {
            String name = method.getJavaClass().getSimpleName() + "." + method.getMethodName();
            Stream.of(method.getJavaClass(), method.getJavaMethod())
                    .flatMap(e -> AnnotationSupport.findAnnotation(e, Tick.class).stream())
                    .flatMap(tick -> Stream.of(tick.value()))
                    .forEach(tick -> LINES.add(tick + "\t" + name + "\t" + outcome));
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        String phase = System.getProperty("tidemark.phase", "");
        if (phase.isEmpty()) {
            return; // started by hand: a part of the tests must not pass for all
        }
        try {
            Files.createDirectories(CLAIMS);
            Files.write(CLAIMS.resolve(phase + ".tsv"), LINES);
            Files.writeString(TARGET.resolve("ticks.md"), report(claims()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Claim> claims() throws IOException {
        var claims = new ArrayList<Claim>();
        try (Stream<Path> files = Files.list(CLAIMS)) {
            for (Path file : files.sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    String[] parts = line.split("\t", 3);
                    claims.add(new Claim(parts[0], parts[1], parts[2]));
                }
            }
        }
        return claims;
    }

    private static String report(List<Claim> claims) throws IOException {
        Map<String, String> titles = titles();
        claims.forEach(c -> titles.putIfAbsent(c.tick(), "(not in ticks.txt)"));
        var shown = new StringBuilder();
        var open = new StringBuilder();
        titles.forEach((tick, title) -> {
            List<Claim> mine =
                    claims.stream().filter(c -> c.tick().equals(tick)).toList();
            boolean done =
                    !mine.isEmpty() && mine.stream().allMatch(c -> c.outcome().equals("passed"));
            String tests = mine.stream()
                    .map(c -> "`" + c.test() + "`" + (c.outcome().equals("passed") ? "" : " (" + c.outcome() + ")"))
                    .collect(Collectors.joining(", "));
            (done ? shown : open)
                    .append("- [%s] %s %s%n"
                            .formatted(done ? "x" : " ", tick, title + (tests.isEmpty() ? "" : ": " + tests)));
        });
        return "# Shown by a test that passed\n\n" + shown + "\n# Open\n\n" + open;
    }

    private static Map<String, String> titles() throws IOException {
        try (InputStream in = TickReport.class.getResourceAsStream("/ticks.txt")) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: ticks.txt");
            }
            var titles = new TreeMap<String, String>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> titles.put(line.split(" ", 2)[0], line.split(" ", 2)[1]));
            return titles;
        }
    }
}
