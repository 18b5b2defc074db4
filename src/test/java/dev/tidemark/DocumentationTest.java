package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents say what the files of the scenarios say: examples, fixtures and documentation are the same. */
class DocumentationTest {

    private static final Path SCENARIO = Path.of("changelogs", "partman-to-hypertable");
    /** Longer, nobody reads it. */
    private static final int LONGEST_README = 2_400;
    /** Opens a block that is no part of a scenario but typed in psql. */
    private static final String SESSION = "-- in psql";

    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?://|#)([^)#]+)[^)]*\\)");

    @Test
    void every_sql_block_of_the_runbook_is_in_the_scenario() {
        String scenario = normalised(allFiles());

        assertThat(blocks("MIGRATION_PLAN.md", "sql"))
                .isNotEmpty()
                .filteredOn(b -> !b.startsWith(SESSION))
                .allSatisfy(b -> assertThat(scenario).contains(normalised(b)));
    }

    @Test
    void the_changelog_of_the_readme_is_that_of_the_scenario() {
        String changelog = normalised(read(SCENARIO.resolve("v2-convert.xml")));

        assertThat(blocks("README.md", "xml")).hasSize(1).allSatisfy(b -> assertThat(changelog)
                .contains(normalised(b)));
    }

    @Test
    void the_readme_is_short() {
        assertThat(read(Path.of("README.md")).split("\\s+")).hasSizeLessThanOrEqualTo(LONGEST_README);
    }

    /** Liquibase takes what is not of its own command before the command only. */
    @ParameterizedTest
    @ValueSource(strings = {"README.md", "MIGRATION_PLAN.md"})
    void settings_come_before_the_command(String document) {
        assertThat(read(Path.of(document))).doesNotContainPattern("liquibase [a-z][^`\\n]* --tidemark-");
    }

    @Test
    void the_readme_names_the_version_that_is_built() {
        String version = Pattern.compile("<version>([^<]+)</version>")
                .matcher(read(Path.of("pom.xml")))
                .results()
                .map(m -> m.group(1))
                .findFirst()
                .orElseThrow();

        assertThat(read(Path.of("README.md")))
                .contains("tidemark-" + version + ".jar", "dev.tidemark:tidemark:" + version + "`");
    }

    /** Whoever opens it sees what it is, how to try it and what it looks like. */
    @Test
    void the_first_screen_of_the_readme_has_what_one_looks_for() {
        String firstScreen = read(Path.of("README.md")).lines().limit(40).collect(Collectors.joining("\n"));

        assertThat(firstScreen)
                .contains("| from → to | data copied | undo | while writing |")
                .contains("mvn verify", "mvn -Pdemo verify", "<tidemark:convertToHypertable", "liquibase update");
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "MIGRATION_PLAN.md", "CONTRIBUTING.md", "CHANGELOG.md"})
    void links_lead_somewhere(String document) {
        List<String> links = LINK.matcher(read(Path.of(document)))
                .results()
                .map(m -> m.group(1))
                .toList();

        assertThat(links).allSatisfy(link -> assertThat(Path.of(link)).exists());
    }

    private static List<String> blocks(String document, String language) {
        return BLOCK.matcher(read(Path.of(document)))
                .results()
                .filter(m -> m.group(1).equals(language))
                .map(m -> m.group(2))
                .toList();
    }

    private static String allFiles() {
        try (Stream<Path> files = Files.list(SCENARIO)) {
            return files.sorted().map(DocumentationTest::read).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String normalised(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
