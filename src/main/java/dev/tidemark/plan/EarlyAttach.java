package dev.tidemark.plan;

import java.util.stream.Stream;

/** What later versions of TimescaleDB do better with attached chunks. */
final class EarlyAttach implements ZeroCopyRule {
    /** From here on DROP COLUMN and DROP CONSTRAINT reach attached chunks. */
    private static final String DROPS_PROPAGATE_SINCE = "2.29.1";

    @Override
    public Stream<Finding> judge(Situation situation) {
        if (Decision.of(situation).strategy() != Strategy.ATTACH) {
            return Stream.empty();
        }
        return situation.timescaledb().stream()
                .filter(t -> t.isAtLeast(AttachedChunks.SINCE) && !t.isAtLeast(DROPS_PROPAGATE_SINCE))
                .map(t -> Finding.note(
                        "TM207",
                        "TimescaleDB " + t.version()
                                + ": DROP COLUMN and DROP CONSTRAINT on the hypertable do not reach"
                                + " attached chunks before " + DROPS_PROPAGATE_SINCE + ".",
                        "Update TimescaleDB first, or drop columns and constraints chunk by chunk until you do."));
    }
}
