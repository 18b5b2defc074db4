package dev.tidemark.plan;

import java.util.stream.Stream;

/** Nothing but a copy was asked for, or is possible by itself, and this version cannot copy. */
final class CopyNotYet implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        Decision decision = Decision.of(situation);
        if (decision.strategy() != Strategy.COPY || situation.timescaledb().isEmpty()) {
            return Stream.empty();
        }
        Choices choices = new Choices(situation);
        return situation.options().strategy() == Strategy.COPY
                ? Stream.of(Finding.blocking(
                        "TM300", "strategy=\"copy\" is not in this version yet.", "The choices: " + choices + "."))
                : Stream.of(Finding.blocking("TM301", decision.why(), "The choices: " + choices + "."));
    }
}
