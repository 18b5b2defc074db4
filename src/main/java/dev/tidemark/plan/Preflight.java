package dev.tidemark.plan;

import java.time.Clock;
import java.util.List;

/** All rules, in the order in which a person would want to hear of them. */
final class Preflight {
    private static final List<Rule> RULES = List.of(
            new ForeignKeysIntoHypertables(),
            new ForeignKeysByTrigger(),
            new RetentionWithoutTimescale(),
            new RetentionDrops(Clock.systemUTC()));

    private Preflight() {}

    static List<Finding> findings(Situation situation) {
        return RULES.stream().flatMap(rule -> rule.judge(situation)).distinct().toList();
    }
}
