package dev.tidemark.plan;

import dev.tidemark.plan.ConversionRequest.Goal;

/** What findings call the layout that is wanted, and its parts. */
final class GoalWords {
    private GoalWords() {}

    static boolean isHypertable(Situation situation) {
        return situation.request().goal() == Goal.HYPERTABLE;
    }

    /** Whether there are parts at all. */
    static boolean isPlain(Situation situation) {
        return situation.request().goal() == Goal.PLAIN_TABLE;
    }

    /** {@code a hypertable}. */
    static String whole(Situation situation) {
        return switch (situation.request().goal()) {
            case HYPERTABLE -> "a hypertable";
            case PARTITIONS -> "a partitioned table";
            case PLAIN_TABLE -> "a plain table";
            case DRAINED, SPLIT -> "a partition of its own";
        };
    }

    /** {@code chunk} or {@code partition}. */
    static String part(Situation situation) {
        return isHypertable(situation) ? "chunk" : "partition";
    }

    /** Whose parts they are. */
    static String product(Situation situation) {
        return isHypertable(situation) ? "TimescaleDB" : "PostgreSQL";
    }
}
