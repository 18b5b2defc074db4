package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import java.util.stream.Stream;

/** Foreign keys that a table in parts cannot have, or that would break its maintenance: somebody has to choose what becomes of them. */
final class ForeignKeysIntoParts implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().foreignKeys() == ForeignKeyChoice.REFUSE
                ? CutKeys.of(situation).map(key -> refused(key, reason(key, situation)))
                : Stream.empty();
    }

    private static String reason(ForeignKey key, Situation situation) {
        if (!GoalWords.isHypertable(situation)) {
            return " would point into a partitioned table, which has no key without its time column.";
        }
        return CutKeys.isFromHypertable(key, situation)
                ? " would lie between two hypertables, which TimescaleDB does not have."
                : " would point into a hypertable: drop_chunks, retention and compression of it would fail for ever,"
                        + " even without a referencing row.";
    }

    private static Finding refused(ForeignKey key, String reason) {
        return Finding.blocking(
                "TM130",
                CutKeys.inWords(key) + reason,
                "Choose foreignKeys=\"trigger\" (generated triggers take over), foreignKeys=\"drop\" (it goes, and undo puts it back), or keep"
                        + " foreignKeys=\"refuse\" and drop it yourself before.");
    }
}
