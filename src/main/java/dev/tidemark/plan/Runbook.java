package dev.tidemark.plan;

import dev.tidemark.plan.Estimate.WindowEstimate;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A plan as a page for whoever has to decide at night: GO or NO-GO in the first line, what stands against it and what to do about that, the
 * steps in their order with who waits and for how long, and what it will take.
 */
public final class Runbook {
    /** Columns of a line: a mail or a terminal of the usual width shows it unbroken. */
    private static final int WIDTH = 100;

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
        String codes = plan.blockers().stream().map(Finding::code).distinct().collect(Collectors.joining(", "));
        String windows = plan.estimate().windows().isEmpty()
                ? "no window planned"
                : "longest window about "
                        + Figures.time(plan.estimate().longestWindow())
                        + (plan.isGo() ? "" : ", if nothing blocked it");
        return (plan.isGo()
                        ? "GO: "
                        : "NO-GO: " + blockers + (blockers == 1 ? " finding blocks it (" : " findings block it (")
                                + codes + "); ")
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
            paragraph(number, step.id() + ": " + step.up().interpretedBy(WhoWaits.during(step, plan.estimate())));
            paragraph("     ", step.why());
            paragraph("     Back: ", WhoWaits.whenTakenBack(step));
        }
    }

    private void estimate() {
        Estimate estimate = plan.estimate();
        if (plan.steps().isEmpty()) {
            return;
        }
        heading("It will take");
        for (WindowEstimate window : estimate.windows()) {
            figure("window", Figures.time(window.hold()) + " in " + window.step());
        }
        figure("online", Figures.time(estimate.online()) + " beside the application");
        figure("WAL", Figures.size(estimate.walBytes()));
        figure("disk", Figures.size(estimate.diskBytes()) + disk());
        if (estimate.lockCapacity() > 0) {
            figure(
                    "locks",
                    estimate.locks() + " of the " + estimate.lockCapacity()
                            + " that the server is sure to have room for");
        }
        if (estimate.readBytesPerSecond() > 0) {
            figure("reading", Figures.size(estimate.readBytesPerSecond()) + " a second, measured here");
        }
    }

    /** A copy has its room besides the storage that it came from, until that goes. */
    private String disk() {
        return plan.strategy() == Strategy.COPY
                ? " more until finalizeConversion, which drops the old storage"
                : " for good";
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

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}
