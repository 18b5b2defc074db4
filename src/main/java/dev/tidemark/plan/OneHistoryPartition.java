package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import java.util.stream.Stream;

/** What attaching does not do: present rows of a plain table stay together, and go together. */
final class OneHistoryPartition implements HistoryRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        heap -> Stream.of(note(target, table)),
                        partitions -> Stream.<Finding>empty(),
                        hypertable -> Stream.<Finding>empty()));
    }

    private static Finding note(ConversionTarget target, Table table) {
        return Finding.note(
                "TM176",
                "All present rows of " + table.name()
                        + " stay in one partition, which keeps its storage and is called as retiredName says ("
                        + RetiredNames.fitted(table.name().name(), "_old")
                        + " by default), and so do those that come within the next three days, until the first boundary of "
                        + Subjects.chunkInterval(target, table)
                                .map(interval -> "the grid of " + interval)
                                .orElse("the grid")
                        + " after that."
                        + target.retention()
                                .map(keep ->
                                        " Retention lets them go together, when that boundary is " + keep + " old.")
                                .orElse(""),
                "Nothing to do; splitHistory splits that partition, beside the application, when the conversion is finalized.");
    }
}
