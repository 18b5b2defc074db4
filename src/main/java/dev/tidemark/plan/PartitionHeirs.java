package dev.tidemark.plan;

import java.util.stream.Stream;

/** Rows of a chunk's inheritance children vanish from the hypertable (facts 1.5). */
final class PartitionHeirs implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.chunks(situation, table)
                .filter(p -> !p.name().equals(table.name()) && p.hasInheritanceChildren())
                .map(p -> Finding.blocking(
                        "TM145",
                        p.name() + " has inheritance children; their rows would vanish from " + table.name() + ".",
                        "End the inheritance (ALTER TABLE … NO INHERIT " + p.name()
                                + ";) after moving their rows into it.")));
    }
}
