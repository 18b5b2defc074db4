package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import java.util.stream.Stream;

/** Slices are taken from heaps, and the rows of compressed chunks lie in none of their own. */
final class HypertableSource implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return GoalWords.isHypertable(situation)
                ? Stream.empty()
                : situation.request().names().stream()
                        .flatMap(name -> Stream.ofNullable(situation.tables().get(name)))
                        .filter(table -> table.layout().match(h -> false, p -> false, h -> true))
                        .map(
                                (Table table) -> Finding.blocking(
                                        "TM304",
                                        table.name()
                                                + " is a hypertable, and this version copies out of plain tables and partitions only.",
                                        "Take the conversion that made it a hypertable back with liquibase rollback, if it was not finalized."));
    }
}
