package dev.tidemark.plan;

import java.util.stream.Stream;

/** Nobody asked for a copy: of a small table it is what he would have asked for, of a large one he should know what it takes. */
final class CopyTooLarge implements CopyRule {
    /** Copied in a few minutes. */
    private static final long LARGEST = 10L * 1024 * 1024 * 1024;

    @Override
    public Stream<Finding> judge(Situation situation) {
        long bytes = situation
                .each((target, table) ->
                        Stream.of(situation.copied(target, table.size().totalBytes())))
                .mapToLong(copied -> copied)
                .sum();
        if (situation.options().strategy() != Strategy.AUTO || bytes <= LARGEST) {
            return Stream.empty();
        }
        return Stream.of(Finding.blocking(
                "TM301",
                Decision.of(situation).why() + " A copy of " + Figures.size(bytes)
                        + " is not begun without being asked for.",
                GoalWords.isHypertable(situation)
                        ? "The choices: " + new Choices(situation) + "."
                        : "Set strategy=\"copy\" if that is meant: " + new Choices(situation).copy() + "."));
    }
}
