package dev.tidemark.plan;

import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/**
 * {@code cannot have NO INHERIT constraints on hypertable}, and {@code constraint "…" conflicts with NOT VALID constraint on child table}: chunks
 * inherit, and PostgreSQL lets no such table inherit.
 */
final class ChecksForChunks implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.constraints().stream()
                .filter(c -> c.kind() == Constraint.Kind.CHECK && !c.name().equals(ChunkStorage.BOUND))
                .flatMap(c -> Stream.concat(
                        c.validated() ? Stream.<Finding>empty() : Stream.of(unvalidated(table, c)),
                        c.definition().text().contains(") NO INHERIT")
                                ? Stream.of(notInherited(table, c))
                                : Stream.<Finding>empty())));
    }

    private static Finding notInherited(Table table, Constraint check) {
        return Finding.blocking(
                "TM126",
                "CHECK " + Sql.identifier(check.name()) + " of " + table.name()
                        + " is NO INHERIT, which a hypertable cannot have.",
                "Add it without NO INHERIT, NOT VALID first and validated then, and drop this one.");
    }

    private static Finding unvalidated(Table table, Constraint check) {
        return Finding.blocking(
                "TM126",
                "CHECK " + Sql.identifier(check.name()) + " of " + table.name()
                        + " is NOT VALID, and nothing with such a CHECK becomes a chunk of a table that has it too.",
                "Validate it beside the application: ALTER TABLE " + table.name() + " VALIDATE CONSTRAINT "
                        + Sql.identifier(check.name()) + "; or drop it.");
    }
}
