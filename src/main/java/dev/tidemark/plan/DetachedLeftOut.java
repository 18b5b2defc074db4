package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import java.util.List;
import java.util.stream.Stream;

/** Tables that retention detached and kept look lost when nobody mentions them. */
final class DetachedLeftOut implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<Partition> detached = Pieces.detached(table);
            if (detached.isEmpty() || situation.options().includeDetached()) {
                return Stream.<Finding>empty();
            }
            long rows = detached.stream().mapToLong(p -> p.size().rows()).sum();
            long bytes = detached.stream().mapToLong(p -> p.size().totalBytes()).sum();
            return Stream.of(Finding.note(
                    "TM149",
                    detached.size() + (detached.size() == 1 ? " table was" : " tables were") + " detached from "
                            + table.name() + " by retention and kept, with about " + Phrases.rows(rows) + " in "
                            + Figures.size(bytes) + ": "
                            + Phrases.list(
                                    detached.stream().map(Partition::name).toList()) + ". They stay as they are.",
                    "Set includeDetached=\"true\" to make chunks of them."));
        });
    }
}
