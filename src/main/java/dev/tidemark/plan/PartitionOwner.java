package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A chunk of another owner lets later ADD COLUMN fail for the hypertable's owner (facts 1.5). */
final class PartitionOwner implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.chunks(situation, table)
                .filter(p -> !p.owner().equals(table.owner()))
                .map(p -> Finding.note(
                        "TM162",
                        p.name() + " belongs to " + Sql.identifier(p.owner()) + ", " + table.name() + " to "
                                + Sql.identifier(table.owner())
                                + "; as a chunk it lets later changes of columns fail for that one.",
                        "ALTER TABLE " + p.name() + " OWNER TO " + Sql.identifier(table.owner()) + ";")));
    }
}
