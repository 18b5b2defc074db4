package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Row triggers with transition tables do not work on tables with children. */
final class TransitionTriggers implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (GoalWords.isPlain(situation)) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.triggers().stream()
                .filter(trigger -> trigger.row() && trigger.transitionTables())
                .map(trigger -> Finding.blocking(
                        "TM115",
                        "Trigger " + Sql.identifier(trigger.name()) + " of " + table.name()
                                + " fires FOR EACH ROW and has transition tables (REFERENCING); "
                                + (GoalWords.isHypertable(situation) ? "hypertables" : "partitioned tables")
                                + " do not support both together.",
                        "Make it FOR EACH STATEMENT, or do without REFERENCING.")));
    }
}
