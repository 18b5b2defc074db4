package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A partitioned table has no foreign key that is NOT VALID (PostgreSQL 17: 0A000 or a scan in the window), so it cannot adopt one. */
final class UnvalidatedForeignKey implements HistoryRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) ->
                table.foreignKeys().stream().filter(key -> !key.validated()).map(key -> finding(key)));
    }

    private static Finding finding(ForeignKey key) {
        return Finding.blocking(
                "TM174",
                "Foreign key " + Sql.identifier(key.name()) + " of " + key.child()
                        + " is NOT VALID, which a partitioned table's cannot be.",
                "Validate it beside the application: ALTER TABLE " + key.child() + " VALIDATE CONSTRAINT "
                        + Sql.identifier(key.name()) + "; or drop it; or take strategy=\"copy\".");
    }
}
