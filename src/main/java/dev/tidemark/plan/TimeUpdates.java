package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Measured with 2.19.3 and 2.29.2: TimescaleDB does not move a row from chunk to chunk, as PostgreSQL does from partition to partition. */
final class TimeUpdates implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.of(Finding.note(
                "TM163",
                "An UPDATE that changes " + Sql.identifier(target.timeColumn()) + " of " + table.name()
                        + " so far that the row belongs into another chunk works today and fails on a hypertable"
                        + " (23514, violates check constraint \"constraint_…\").",
                "Where the application does that, let it delete the row and insert it anew.")));
    }
}
