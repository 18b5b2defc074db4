package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import java.util.stream.Stream;

/** Foreign keys that a hypertable cannot have, or that would break its maintenance: somebody has to choose what becomes of them. */
final class ForeignKeysIntoHypertables implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().foreignKeys() == ForeignKeyChoice.REFUSE
                ? CutKeys.of(situation).map(key -> refused(key, CutKeys.isFromHypertable(key, situation)))
                : Stream.empty();
    }

    private static Finding refused(ForeignKey key, boolean fromHypertable) {
        return Finding.blocking(
                "TM130",
                CutKeys.inWords(key)
                        + (fromHypertable
                                ? " would lie between two hypertables, which TimescaleDB does not have."
                                : " would point into a hypertable: drop_chunks, retention and compression of it would fail for ever,"
                                        + " even without a referencing row."),
                "Choose foreignKeys=\"trigger\" (generated triggers take over), foreignKeys=\"drop\" (it goes, and undo puts it back), or keep"
                        + " foreignKeys=\"refuse\" and drop it yourself before.");
    }
}
