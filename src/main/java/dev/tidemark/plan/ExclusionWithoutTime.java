package dev.tidemark.plan;

import dev.tidemark.schema.Constraint;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** An exclusion constraint too holds within one chunk only. */
final class ExclusionWithoutTime implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.request().goal() == ConversionRequest.Goal.PLAIN_TABLE) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.constraints().stream()
                .filter(c ->
                        c.kind() == Constraint.Kind.EXCLUSION && !c.columns().contains(target.timeColumn()))
                .map(c -> Finding.blocking(
                        "TM121",
                        "Exclusion constraint " + Sql.identifier(c.name()) + " of " + table.name()
                                + " does not contain " + Sql.identifier(target.timeColumn())
                                + " as a column of its own; TimescaleDB cannot enforce it across chunks.",
                        "Add " + Sql.identifier(target.timeColumn()) + " WITH = to it, or drop it: ALTER TABLE "
                                + table.name() + " DROP CONSTRAINT " + Sql.identifier(c.name()) + ";")));
    }
}
