package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import java.util.stream.Stream;

/** A materialized view is tied to the old table's oid and cannot be replaced in place. */
final class MaterializedViews implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.dependents().stream()
                .filter(d -> d.direct() && d.kind() == Dependent.Kind.MATERIALIZED_VIEW)
                .map(d -> Finding.blocking(
                        "TM150",
                        "Materialized view " + d.identity() + " selects from " + table.name()
                                + " and would stay with the " + Pieces.old(situation)
                                + "; PostgreSQL cannot replace it in place.",
                        "Keep its definition, indexes and privileges (pg_dump --table), DROP MATERIALIZED VIEW "
                                + d.name() + ";, convert, and make it again.")));
    }
}
