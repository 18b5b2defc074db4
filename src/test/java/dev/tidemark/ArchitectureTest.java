package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The order of the packages, from the one that knows nothing to the one that knows everything. The README explains it. */
class ArchitectureTest {

    private static final List<String> ORDER = List.of(
            "dev.tidemark.sql",
            "dev.tidemark.schema",
            "dev.tidemark.session",
            "dev.tidemark.catalog",
            "dev.tidemark.plan",
            "dev.tidemark.journal",
            "dev.tidemark.transfer",
            "dev.tidemark.run",
            "dev.tidemark.maintenance",
            "dev.tidemark",
            "dev.tidemark.liquibase");

    private static final Set<String> PURE = Set.of("dev.tidemark.sql", "dev.tidemark.schema", "dev.tidemark.plan");

    private static final Path CLASSES = Path.of("target", "classes");

    private record Edge(String from, String to) {}

    @Test
    void every_package_has_its_place() throws IOException {
        assertThat(packages()).isNotEmpty().isSubsetOf(ORDER);
    }

    @Test
    void packages_use_only_packages_above_them() {
        assertThat(edges())
                .filteredOn(e -> ORDER.contains(e.to()) && !e.from().equals(e.to()))
                .allMatch(e -> ORDER.indexOf(e.to()) < ORDER.indexOf(e.from()));
    }

    @Test
    void deciding_never_touches_a_database() {
        assertThat(edges())
                .filteredOn(e -> PURE.contains(e.from()))
                .noneMatch(e -> e.to().startsWith("java.sql") || e.to().startsWith("javax.sql"));
    }

    @Test
    void only_the_adapter_knows_liquibase() {
        assertThat(edges())
                .filteredOn(e -> e.to().startsWith("liquibase"))
                .extracting(Edge::from)
                .isSubsetOf("dev.tidemark.liquibase");
    }

    /** Without this the rules above could hold because nobody looked. */
    @Test
    void every_package_with_classes_is_seen() throws IOException {
        assertThat(edges()).extracting(Edge::from).containsAll(packages());
    }

    private static Set<String> packages() throws IOException {
        try (Stream<Path> files = Files.walk(CLASSES)) {
            return files.filter(f -> f.toString().endsWith(".class"))
                    .map(f -> CLASSES.relativize(f).getParent().toString().replace('/', '.'))
                    .collect(Collectors.toSet());
        }
    }

    private static List<Edge> edges() {
        var out = new StringWriter();
        ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(out),
                        new PrintWriter(out),
                        "-verbose:package",
                        "-filter:none",
                        "--multi-release",
                        "17",
                        "--ignore-missing-deps",
                        CLASSES.toString());
        return Pattern.compile("^ +(\\S+) +-> (\\S+)", Pattern.MULTILINE)
                .matcher(out.toString())
                .results()
                .map(m -> new Edge(m.group(1), m.group(2)))
                .toList();
    }
}
