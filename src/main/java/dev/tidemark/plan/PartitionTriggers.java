package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** Triggers that one partition has for itself stay on the chunk; new chunks do not get them, and copies neither. */
final class PartitionTriggers implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<String> own = Pieces.leafPartitions(table).stream()
                    .flatMap(p -> p.ownTriggers().stream().map(t -> Sql.identifier(t) + " of " + p.name()))
                    .toList();
            return own.isEmpty()
                    ? Stream.<Finding>empty()
                    : Stream.of(Finding.note(
                            "TM157",
                            "Single partitions of " + table.name() + " have triggers of their own: " + Phrases.list(own)
                                    + (Decision.of(situation).strategy() == Strategy.COPY
                                            ? ". The new table does not get them."
                                            : ". They stay on these chunks; new chunks do not get them."),
                            "Make them triggers of the table if they are meant for every row."));
        });
    }
}
