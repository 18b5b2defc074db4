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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says who waits while an action runs, and for how long, as far as that was foretold. */
public final class WhoWaits implements Action.Interpreter<String> {
    private static final String NOTHING = "nothing";

    private final List<WindowEstimate> windows;
    private final Optional<Duration> online;

    private WhoWaits(List<WindowEstimate> windows, Optional<Duration> online) {
        this.windows = List.copyOf(windows);
        this.online = online;
    }

    /** Of a step of a plan that was estimated. */
    static WhoWaits during(Step step, Estimate estimate) {
        return new WhoWaits(
                estimate.windows().stream()
                        .filter(window -> window.step().equals(step.id()))
                        .toList(),
                Optional.ofNullable(estimate.steps().get(step.id())));
    }

    /** Of a step that is carried out. */
    public static String whenDone(Step step) {
        return step.up().interpretedBy(new WhoWaits(List.of(), Optional.empty()));
    }

    /** Of a step that is taken back. */
    public static String whenTakenBack(Step step) {
        return step.down().interpretedBy(new WhoWaits(List.of(), Optional.empty()));
    }

    /** Whether somebody was told that there is nothing to do. */
    public static boolean isNothing(String words) {
        return words.startsWith(NOTHING);
    }

    @Override
    public String window(Window action) {
        return "one window" + waiting();
    }

    @Override
    public String online(Online action) {
        return action.statements().isEmpty()
                ? NOTHING
                : beside(" (" + counted(action.statements().size(), "statement") + ")");
    }

    @Override
    public String selfCommitting(SelfCommitting action) {
        return beside(", piece by piece");
    }

    @Override
    public String check(Check action) {
        return "first of all, nobody waits; refuses where something stands in the way";
    }

    @Override
    public String slices(Slices action) {
        return beside(action.unit() == Slices.Unit.WHOLE ? ", side by side" : ", slice by slice and side by side");
    }

    @Override
    public String buildIndexes(BuildIndexes action) {
        return action.build().isEmpty() ? NOTHING : beside(", index by index");
    }

    @Override
    public String cutover(Cutover action) {
        return "one window" + waiting() + "; its writers a little longer, until the last changes are replayed";
    }

    @Override
    public String nothing(Nothing action) {
        return action.why().startsWith(NOTHING) ? action.why() : NOTHING + ": " + action.why();
    }

    private String beside(String how) {
        return "online, nobody waits" + how
                + online.map(time -> "; about " + Figures.time(time)).orElse("");
    }

    /** What a window needs prepared takes its time beside the application. */
    private String waiting() {
        return windows.stream()
                        .map(window -> ", about " + Figures.time(window.hold())
                                + (window.lockedTables().isEmpty()
                                        ? ""
                                        : "; readers and writers of " + String.join(", ", window.lockedTables())
                                                + " wait"))
                        .collect(Collectors.joining())
                + online.map(time -> "; before it about " + Figures.time(time) + " while nobody waits")
                        .orElse("");
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
