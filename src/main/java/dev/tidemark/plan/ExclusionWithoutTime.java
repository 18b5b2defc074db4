package dev.tidemark.plan;

import dev.tidemark.schema.Constraint;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** An exclusion constraint too holds within one chunk or partition only. */
final class ExclusionWithoutTime implements Rule {
    private static final int PARTITIONED_SINCE = 170_000;

    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.request().goal() == ConversionRequest.Goal.PLAIN_TABLE) {
            return Stream.empty();
        }
        return Stream.concat(withoutTime(situation), beforeSeventeen(situation));
    }

    private static Stream<Finding> beforeSeventeen(Situation situation) {
        if (GoalWords.isHypertable(situation) || situation.server().version() >= PARTITIONED_SINCE) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.constraints().stream()
                .filter(c ->
                        c.kind() == Constraint.Kind.EXCLUSION && c.columns().contains(target.timeColumn()))
                .map(c -> Finding.blocking(
                        "TM121",
                        "Exclusion constraint " + Sql.identifier(c.name()) + " of " + table.name()
                                + ": partitioned tables can have one from PostgreSQL 17 on; here is "
                                + situation.server().versionText() + ".",
                        "Upgrade the server, or drop it: ALTER TABLE " + table.name() + " DROP CONSTRAINT "
                                + Sql.identifier(c.name()) + ";")));
    }

    private static Stream<Finding> withoutTime(Situation situation) {
        return situation.each((target, table) -> table.constraints().stream()
                .filter(c ->
                        c.kind() == Constraint.Kind.EXCLUSION && !c.columns().contains(target.timeColumn()))
                .map(c -> Finding.blocking(
                        "TM121",
                        "Exclusion constraint " + Sql.identifier(c.name()) + " of " + table.name()
                                + " does not contain " + Sql.identifier(target.timeColumn())
                                + " as a column of its own; " + GoalWords.product(situation)
                                + " cannot enforce it across " + GoalWords.part(situation) + "s.",
                        "Add " + Sql.identifier(target.timeColumn()) + " WITH = to it, or drop it: ALTER TABLE "
                                + table.name() + " DROP CONSTRAINT " + Sql.identifier(c.name()) + ";")));
    }
}
