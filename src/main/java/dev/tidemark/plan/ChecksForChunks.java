package dev.tidemark.plan;

import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/**
 * {@code cannot have NO INHERIT constraints on hypertable}, and {@code constraint "…" conflicts with NOT VALID constraint on child table}: chunks
 * inherit, and PostgreSQL lets no such table inherit.
 */
final class ChecksForChunks implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (Decision.of(situation).strategy() == Strategy.COPY || Decision.isHandOver(situation)) {
            return Stream.empty();
        }
        return situation.each((target, table) -> table.constraints().stream()
                .filter(c -> c.kind() == Constraint.Kind.CHECK && !c.name().equals(ChunkStorage.BOUND))
                .flatMap(c -> Stream.concat(
                        c.validated() ? Stream.<Finding>empty() : Stream.of(unvalidated(situation, table, c)),
                        c.definition().text().contains(") NO INHERIT")
                                ? Stream.of(notInherited(situation, table, c))
                                : Stream.<Finding>empty())));
    }

    private static Finding notInherited(Situation situation, Table table, Constraint check) {
        return Finding.blocking(
                "TM126",
                "CHECK " + Sql.identifier(check.name()) + " of " + table.name() + " is NO INHERIT, which "
                        + GoalWords.whole(situation) + " cannot have.",
                "Add it without NO INHERIT, NOT VALID first and validated then, and drop this one.");
    }

    private static Finding unvalidated(Situation situation, Table table, Constraint check) {
        return Finding.blocking(
                "TM126",
                "CHECK " + Sql.identifier(check.name()) + " of " + table.name()
                        + " is NOT VALID, and nothing with such a CHECK becomes a " + GoalWords.part(situation)
                        + " of a table that has it too.",
                "Validate it beside the application: ALTER TABLE " + table.name() + " VALIDATE CONSTRAINT "
                        + Sql.identifier(check.name()) + "; or drop it.");
    }
}
