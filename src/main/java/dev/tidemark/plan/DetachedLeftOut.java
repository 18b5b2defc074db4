package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import java.util.List;
import java.util.stream.Stream;

/** Tables that retention detached and kept look lost when nobody mentions them. */
final class DetachedLeftOut implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<Partition> detached = Pieces.detached(table);
            boolean copied = Decision.of(situation).strategy() == Strategy.COPY;
            if (detached.isEmpty() || (situation.options().includeDetached() && !copied)) {
                return Stream.<Finding>empty();
            }
            long rows = detached.stream().mapToLong(p -> p.size().rows()).sum();
            long bytes = detached.stream().mapToLong(p -> p.size().totalBytes()).sum();
            String what = detached.size() + (detached.size() == 1 ? " table was" : " tables were") + " detached from "
                    + table.name() + " by retention and kept, with about " + Phrases.rows(rows) + " in "
                    + Figures.size(bytes) + ": "
                    + Phrases.list(detached.stream().map(Partition::name).toList())
                    + ". They stay as they are.";
            String attach = "ATTACH PARTITION before, if their rows are to come along.";
            if (!copied) {
                return Stream.of(Finding.note("TM149", what, "Set includeDetached=\"true\" to make chunks of them."));
            }
            return Stream.of(
                    situation.options().includeDetached()
                            ? Finding.blocking(
                                    "TM303",
                                    what + " A copy has the table's own rows only, whatever includeDetached says.",
                                    "Leave includeDetached out; " + attach)
                            : Finding.note("TM149", what, attach));
        });
    }
}
