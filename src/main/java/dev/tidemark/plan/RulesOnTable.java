package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Hypertables do not support rules, neither before nor after; copies do not get them. */
final class RulesOnTable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.rules().stream()
                .map(rule -> Finding.blocking(
                        "TM114",
                        table.name() + " has the rule " + Sql.identifier(rule)
                                + (GoalWords.isHypertable(situation)
                                        ? "; hypertables do not support rules."
                                        : ", and a copy has no rules; what one of them redirects cannot be followed either."),
                        "Replace it by a trigger, then DROP RULE " + Sql.identifier(rule) + " ON " + table.name()
                                + ";")));
    }
}
