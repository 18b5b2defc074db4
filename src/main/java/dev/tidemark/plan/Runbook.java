package dev.tidemark.plan;

import dev.tidemark.plan.Action.BuildIndexes;
import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Cutover;
import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plan as a page for whoever has to decide at night: GO or NO-GO in the first line, what stands against it and what to do about that, the
 * steps in their order with who waits and for how long, and what it will take.
 */
public final class Runbook {
    /** Columns of a line: a mail or a terminal of the usual width shows it unbroken. */
    private static final int WIDTH = 100;

    private static final String NOTHING = "nothing";

    private final Plan plan;
    private final List<String> lines = new ArrayList<>();

    private Runbook(Plan plan) {
        this.plan = plan;
    }

    /** The whole page; every line ends with a line feed. */
    public static String of(Plan plan) {
        Runbook page = new Runbook(plan);
        page.verdict();
        page.decision();
        page.findings();
        page.steps();
        page.estimate();
        return page.lines.stream().map(line -> line.stripTrailing() + "\n").collect(Collectors.joining());
    }

    /** Its first line alone. */
    public static String firstLine(Plan plan) {
        int blockers = plan.blockers().size();
        String windows = plan.estimate().windows().isEmpty()
                ? "no window planned"
                : "longest window about "
                        + Figures.time(plan.estimate().longestWindow())
                        + (plan.isGo() ? "" : ", if nothing blocked it");
        return (plan.isGo()
                        ? "GO: "
                        : "NO-GO: " + blockers + (blockers == 1 ? " finding blocks it; " : " findings block it; "))
                + windows + " (maxPause " + Figures.time(plan.maxPause()) + ").";
    }

    private void verdict() {
        lines.add(firstLine(plan));
    }

    private void decision() {
        lines.add("");
        String tables = plan.tables().stream().map(TableName::toString).collect(Collectors.joining(", "));
        paragraph("", plan.kind() + " of " + tables + ", strategy " + word(plan.strategy()) + ".");
        paragraph("Why: ", plan.decision());
    }

    private void findings() {
        if (plan.findings().isEmpty()) {
            return;
        }
        heading("Findings");
        Stream<Finding> notes = plan.findings().stream().filter(finding -> !finding.blocking());
        Stream.concat(plan.blockers().stream(), notes).forEach(finding -> {
            paragraph("  " + finding.code() + (finding.blocking() ? " blocks: " : " note: "), finding.what());
            paragraph("    Do: ", finding.remedy());
        });
    }

    private void steps() {
        if (plan.steps().isEmpty()) {
            return;
        }
        heading("Steps");
        int ordinal = 0;
        for (Step step : plan.steps()) {
            String number = String.format(Locale.ROOT, "%3d. ", ++ordinal);
            paragraph(number, step.id() + ": " + step.up().interpretedBy(new Who(step)));
            paragraph("     ", step.why());
            paragraph("     Back: ", step.down().interpretedBy(new Who(null)));
        }
    }

    private void estimate() {
        Estimate estimate = plan.estimate();
        heading("It will take");
        for (WindowEstimate window : estimate.windows()) {
            figure("window", Figures.time(window.hold()) + " in " + window.step());
        }
        figure("online", Figures.time(estimate.online()) + " beside the application");
        figure("WAL", Figures.size(estimate.walBytes()));
        figure("disk", Figures.size(estimate.diskBytes()) + " for good");
        figure(
                "locks",
                estimate.locks() + " of the " + estimate.lockCapacity() + " that the server is sure to have room for");
        if (estimate.readBytesPerSecond() > 0) {
            figure("reading", Figures.size(estimate.readBytesPerSecond()) + " a second, measured here");
        }
    }

    private void figure(String name, String value) {
        lines.add(String.format(Locale.ROOT, "  %-8s %s", name, value));
    }

    private void heading(String text) {
        lines.add("");
        lines.add(text);
    }

    /** Text wrapped at spaces, its further lines indented to where the first begins. */
    private void paragraph(String lead, String text) {
        StringBuilder line = new StringBuilder(lead);
        for (String word : text.strip().split("\\s+", -1)) {
            boolean first = line.length() <= lead.length();
            if (!first && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(" ".repeat(lead.length()));
                first = true;
            }
            line.append(first ? "" : " ").append(word);
        }
        lines.add(line.toString());
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    /** Says who waits while an action runs. */
    private final class Who implements Action.Interpreter<String> {
        private final List<WindowEstimate> estimates;

        Who(@Nullable Step step) {
            estimates = step == null
                    ? List.of()
                    : plan.estimate().windows().stream()
                            .filter(window -> window.step().equals(step.id()))
                            .toList();
        }

        @Override
        public String window(Window action) {
            return "one window" + waiting();
        }

        @Override
        public String online(Online action) {
            return action.statements().isEmpty()
                    ? NOTHING
                    : "online, nobody waits (" + counted(action.statements().size(), "statement") + ")";
        }

        @Override
        public String selfCommitting(SelfCommitting action) {
            return "online, nobody waits, piece by piece";
        }

        @Override
        public String check(Check action) {
            return "first of all, nobody waits; refuses where something stands in the way";
        }

        @Override
        public String slices(Slices action) {
            return action.unit() == Slices.Unit.WHOLE
                    ? "online, nobody waits, side by side"
                    : "online, nobody waits, slice by slice and side by side";
        }

        @Override
        public String buildIndexes(BuildIndexes action) {
            return action.build().isEmpty() ? NOTHING : "online, nobody waits, index by index";
        }

        @Override
        public String cutover(Cutover action) {
            return "one window" + waiting() + "; its writers a little longer, until the last changes are replayed";
        }

        @Override
        public String nothing(Nothing action) {
            return action.why().startsWith(NOTHING) ? action.why() : NOTHING + ": " + action.why();
        }

        private String waiting() {
            return estimates.stream()
                    .map(window -> ", about " + Figures.time(window.hold())
                            + (window.lockedTables().isEmpty()
                                    ? ""
                                    : "; readers and writers of " + String.join(", ", window.lockedTables()) + " wait"))
                    .collect(Collectors.joining());
        }
    }
}
