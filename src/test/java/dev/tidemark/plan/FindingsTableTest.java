package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever meets a code finds it in MIGRATION_PLAN.md. */
class FindingsTableTest {
    private static final Pattern IN_SOURCES = Pattern.compile("[\"'](TM\\d{3})[\"']");
    private static final Pattern IN_TABLE = Pattern.compile("(?m)^\\| (TM\\d{3}) \\|");

    @Test
    void every_code_is_in_the_table_and_every_row_has_its_code() throws IOException {
        assertThat(codes(IN_TABLE, Files.readString(Path.of("MIGRATION_PLAN.md"))))
                .isEqualTo(ofSources());
    }

    private static Set<String> ofSources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main"))) {
            return files.filter(Files::isRegularFile)
                    .flatMap(file -> codes(IN_SOURCES, read(file)).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Set<String> codes(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult m) -> m.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
