package dev.tidemark.plan;

import java.time.Duration;
import java.util.stream.Stream;

/** The promise that nobody waits longer than maxPause. */
final class WindowTooLong implements PlannedRule {
    @Override
    public Stream<Finding> judge(Planned planned) {
        Duration budget = planned.situation().options().maxPause();
        Duration window = planned.estimate().longestWindow();
        return window.compareTo(budget) <= 0 ? Stream.empty() : Stream.of(finding(planned, window, budget));
    }

    private static Finding finding(Planned planned, Duration window, Duration budget) {
        String longer = "maxPause=\"" + (window.toSeconds() + 1) + " seconds\" or more";
        if (planned.strategy() != Strategy.ATTACH || !GoalWords.isHypertable(planned.situation())) {
            return Finding.blocking(
                    "TM221",
                    "The window would hold its locks for about " + Figures.time(window) + ", longer than maxPause ("
                            + Figures.time(budget) + ").",
                    "Set " + longer + ", or convert fewer tables at a time.");
        }
        long heap = planned.subjects().stream()
                .mapToLong(s -> s.table().size().heapBytes())
                .sum();
        long measured = planned.estimate().readBytesPerSecond();
        return Finding.blocking(
                "TM221",
                "attach reads every row once inside the window: " + Figures.size(heap) + " in about "
                        + Figures.time(window)
                        + (measured > 0
                                ? " at the " + Figures.size(measured) + " a second measured here"
                                : " on a slow disk, none having been measured")
                        + ", longer than maxPause (" + Figures.time(budget) + ").",
                "Set " + longer + ", or choose another way: " + new Choices(planned.situation()).adopt() + ".");
    }
}
