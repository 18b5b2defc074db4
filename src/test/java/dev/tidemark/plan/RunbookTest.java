package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunbookTest {
    private static final Sql SQL = new Sql("SELECT 1");
    private static final Finding NOTE = Finding.note(
            "TM301",
            "pg_restore -j fails on the chunks that stay in schema \"public\", because it creates them before the hypertable they belong to.",
            "Restore without -j.");

    @Test
    void a_plan_that_may_go_reads_like_this() {
        assertThat(Runbook.of(plan(List.of(NOTE), steps(), estimate())))
                .isEqualTo(
                        """
                        GO: longest window about 0.412 s (maxPause 2.000 s).

                        convertToHypertable of "public"."fixes", strategy attach.
                        Why: 14 partitions, 885 MB: attaching them takes 0.412 s, which fits maxPause.

                        Findings
                          TM301 note: pg_restore -j fails on the chunks that stay in schema "public", because it creates
                                      them before the hypertable they belong to.
                            Do: Restore without -j.

                        Steps
                          1. checks: online, nobody waits (2 statements)
                             Proves the bounds beforehand, so that the window need not read rows.
                             Back: online, nobody waits (1 statement)
                          2. copy-default: online, nobody waits, piece by piece; about 4.200 s
                             Copies rows of the default partition.
                             Back: nothing: the rows are where they belong.
                          3. cutover: one window, about 0.412 s; readers and writers of "public"."fixes" wait; before it
                             about 95 s while nobody waits
                             The application uses the hypertable from here on.
                             Back: one window

                        It will take
                          window   0.412 s in cutover
                          online   2 min 5 s beside the application
                          WAL      500 kB
                          disk     0 bytes for good
                          locks    310 of the 6400 that the server is sure to have room for
                          reading  820 MB a second, measured here
                        """);
    }

    @Test
    void a_plan_that_may_not_go_says_so_first_and_puts_what_blocks_it_first() {
        Finding blocker = Finding.blocking(
                "TM101", "\"public\".\"fixes\" has 3 rows outside every partition.", "Move them, then plan again.");
        assertThat(Runbook.of(plan(List.of(NOTE, blocker), List.of(), Estimate.NONE)))
                .startsWith(
                        """
                        NO-GO: 1 finding blocks it (TM101); no window planned (maxPause 2.000 s).

                        convertToHypertable of "public"."fixes", strategy attach.
                        Why: 14 partitions, 885 MB: attaching them takes 0.412 s, which fits maxPause.

                        Findings
                          TM101 blocks: "public"."fixes" has 3 rows outside every partition.
                            Do: Move them, then plan again.
                          TM301 note:\s""")
                .doesNotContain("Steps", "It will take");
    }

    @Test
    void a_blocked_plan_still_says_how_long_it_would_make_people_wait() {
        Finding blocker = Finding.blocking("TM101", "No.", "Do.");
        assertThat(Runbook.firstLine(plan(List.of(blocker, blocker), steps(), estimate())))
                .isEqualTo(
                        "NO-GO: 2 findings block it (TM101); longest window about 0.412 s, if nothing blocked it (maxPause 2.000 s).");
    }

    @Test
    void a_step_without_statements_is_nothing() {
        Step step = new Step("later", "Why.", new Nothing("nothing until then"), new Online(List.of()));

        assertThat(Runbook.of(plan(List.of(), List.of(step), Estimate.NONE)))
                .contains("  1. later: nothing until then\n     Why.\n     Back: nothing\n");
    }

    @ParameterizedTest
    @CsvSource({"412, 0.412 s", "9999, 9.999 s", "41000, 41 s", "725000, 12 min 5 s", "12000000, 3 h 20 min"})
    void times_have_milliseconds_only_where_they_matter(long millis, String text) {
        assertThat(Figures.time(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 bytes", "999, 999 bytes", "1500, 1.5 kB", "885000000, 885 MB", "2600000000, 2.6 GB"})
    void sizes_have_two_or_three_digits(long bytes, String text) {
        assertThat(Figures.size(bytes)).isEqualTo(text);
    }

    private static List<Step> steps() {
        return List.of(
                new Step(
                        "checks",
                        "Proves the bounds beforehand, so that the window need not read rows.",
                        new Online(List.of(SQL, SQL)),
                        new Online(List.of(SQL))),
                new Step(
                        "copy-default",
                        "Copies rows of the default partition.",
                        new SelfCommitting(List.of(SQL)),
                        new Nothing("the rows are where they belong.")),
                new Step(
                        "cutover",
                        "The application uses the hypertable from here on.",
                        new Window(List.of(), SQL, List.of(SQL)),
                        new Window(List.of(), SQL, List.of())));
    }

    private static Estimate estimate() {
        return new Estimate(
                List.of(new WindowEstimate("cutover", Duration.ofMillis(412), List.of("\"public\".\"fixes\""))),
                Duration.ofSeconds(125),
                500_000,
                0,
                310,
                6_400,
                820_000_000,
                Map.of("copy-default", Duration.ofMillis(4200), "cutover", Duration.ofSeconds(95)));
    }

    private static Plan plan(List<Finding> findings, List<Step> steps, Estimate estimate) {
        return new Plan(
                ConversionRequest.TO_HYPERTABLE,
                List.of(new TableName("public", "fixes")),
                Map.of(),
                Strategy.ATTACH,
                "14 partitions, 885 MB: attaching them takes 0.412 s, which fits maxPause.",
                Duration.ofSeconds(2),
                findings,
                steps,
                estimate);
    }
}
