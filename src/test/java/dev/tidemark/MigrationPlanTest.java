package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Tick;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever sits in front of MIGRATION_PLAN.md at night finds there what a plan must say. That its SQL runs is shown elsewhere. */
class MigrationPlanTest {
    private static String plan;

    @BeforeAll
    static void read() throws IOException {
        plan = Files.readString(Path.of("MIGRATION_PLAN.md"));
    }

    /** The seed's check list: backup, staging, tests, window, way back; then do it, verify it, watch it. */
    @Test
    @Tick("1.25")
    void what_is_checked_before_and_done_in_the_window() {
        assertThat(items(between("**Check list**", "## 2")))
                .anySatisfy(item -> assertThat(item).contains("restore was tried"))
                .anySatisfy(item -> assertThat(item).contains("staging", "the application's own tests", "rollback"))
                .anySatisfy(item -> assertThat(item).contains("GO", "window fits"))
                .anySatisfy(item -> assertThat(item).contains("on call knows section 4"));
        assertThat(plan)
                .containsSubsequence(
                        "## 2 The window",
                        "liquibase update-to-tag --tag=v2-convert",
                        "liquibase release-locks",
                        "liquibase tidemark abort",
                        "## 3 After",
                        "`liquibase update` runs the checks",
                        "Watch for a week",
                        "## 4 The way back",
                        "liquibase rollback --tag=v1-extensions");
    }

    @Test
    @Tick("1.28")
    void what_others_have_to_change_afterwards() {
        assertThat(between("Afterwards: change", "##")).contains("monitoring", "job that called pg_partman", "restore");
    }

    /** The five of the seed in its order, each with a remedy of its own. */
    @Test
    @Tick("1.29")
    void each_risk_has_a_remedy() {
        List<List<String>> risks = rows(between("## Risks", "\n## "));

        assertThat(risks).hasSizeGreaterThanOrEqualTo(5).allSatisfy(risk -> assertThat(risk)
                .hasSize(4)
                .allSatisfy(cell -> assertThat(cell).isNotBlank()));
        assertThat(risks.subList(0, 5))
                .extracting(risk -> risk.get(1))
                .containsExactly(
                        "it takes longer than the window",
                        "rows are lost",
                        "foreign keys break",
                        "the application does not work with it",
                        "queries get slower");
    }

    @Test
    @Tick("1.31")
    void each_phase_has_its_time_and_its_section() {
        List<List<String>> phases = rows(between("**What will happen.**", "## 1"));

        assertThat(phases).hasSize(5).allSatisfy(phase -> {
            assertThat(phase).hasSize(4).allSatisfy(cell -> assertThat(cell).isNotBlank());
            assertThat(plan).containsPattern("(?mi)^## " + phase.get(0) + " .*" + Pattern.quote(phase.get(1)));
        });
    }

    private static String between(String start, String end) {
        assertThat(plan).contains(start);
        int from = plan.indexOf(start) + start.length();
        return plan.substring(from, plan.indexOf(end, from));
    }

    private static List<String> items(String text) {
        return Pattern.compile("(?m)^\\* \\[ \\] (.*)$")
                .matcher(text)
                .results()
                .map(m -> m.group(1))
                .toList();
    }

    /** The numbered rows of a table, cell by cell. */
    private static List<List<String>> rows(String text) {
        return Pattern.compile("(?m)^\\| \\d+ \\|.*\\|$")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .map(row -> Arrays.stream(row.substring(1, row.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }
}
