package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.schema.TimescaleDb.Edition;
import java.util.stream.Stream;

/**
 * Which strategy is used, and why.
 *
 * @param strategy never AUTO; COPY where nothing else is possible
 * @param why a sentence for the plan
 */
record Decision(Strategy strategy, String why) {

    static Decision of(Situation situation) {
        Strategy wish = situation.options().strategy();
        if (situation.request().goal().exchanges()) {
            return new Decision(
                    Strategy.COPY,
                    "Rows are copied into the new partitions beside the application; the window only exchanges them.");
        }
        if (situation.request().goal() == ConversionRequest.Goal.PARTITIONS) {
            return ofPartitions(situation, wish);
        }
        if (situation.request().goal() != ConversionRequest.Goal.HYPERTABLE) {
            return new Decision(Strategy.COPY, "The rows go into new storage, so they are copied.");
        }
        if (wish == Strategy.AUTO && HypertableSource.isIn(situation)) {
            return new Decision(
                    Strategy.COPY,
                    "auto: the rows go from chunks of one width into chunks of another, so they are copied.");
        }
        if (wish != Strategy.AUTO) {
            return new Decision(
                    wish, "strategy=\"" + wish.name().toLowerCase(java.util.Locale.ROOT) + "\" was asked for.");
        }
        TimescaleDb timescaledb = situation.timescaledb().orElse(null);
        if (timescaledb == null) {
            return new Decision(Strategy.COPY, "TimescaleDB is not installed here, so nothing can be attached.");
        }
        if (timescaledb.edition() == Edition.APACHE) {
            return new Decision(
                    Strategy.COPY,
                    "auto: the Apache edition of TimescaleDB has no attach_chunk. strategy=\"adopt\" copies nothing and works there, for a superuser, but has to"
                            + " be asked for.");
        }
        if (!timescaledb.isAtLeast(AttachedChunks.SINCE)) {
            return new Decision(
                    Strategy.COPY,
                    "auto: TimescaleDB " + timescaledb.version() + " has no attach_chunk; it came with "
                            + AttachedChunks.SINCE + ".");
        }
        return new Decision(
                Strategy.ATTACH,
                "auto: attach_chunk is there (TimescaleDB " + timescaledb.version()
                        + ", Community edition) and copies no row.");
    }

    private static Decision ofPartitions(Situation situation, Strategy wish) {
        if (wish == Strategy.AUTO && situation.request().leavesRowsBehind()) {
            return new Decision(Strategy.COPY, "copySince: later rows go into new storage, so they are copied.");
        }
        if (wish != Strategy.COPY && isHandOver(situation)) {
            return new Decision(
                    Strategy.ATTACH,
                    "The partitions are as wished already; only who looks after them changes, and no row is touched.");
        }
        if (LeavingHypertable.isIn(situation)) {
            return LeavingHypertable.decide(situation, wish);
        }
        boolean plain = situation.each((target, table) -> Stream.of(table)).allMatch(table -> table.layout()
                .match(h -> true, p -> false, h -> false));
        if (wish == Strategy.COPY || (wish == Strategy.AUTO && !plain)) {
            return new Decision(
                    Strategy.COPY,
                    wish == Strategy.COPY
                            ? "strategy=\"copy\" was asked for."
                            : "auto: the rows go into partitions of another width, so they are copied.");
        }
        return new Decision(
                Strategy.ATTACH,
                wish == Strategy.AUTO
                        ? "auto: a plain table becomes the history partition as it is; no row is copied or read while anybody waits."
                        : "strategy=\"attach\" was asked for.");
    }

    /** Whether all tables have the partitions that are wished, and somebody else is to look after them. */
    static boolean isHandOver(Situation situation) {
        return situation.request().goal() == ConversionRequest.Goal.PARTITIONS
                && situation.request().tables().stream().allMatch(target -> situation
                        .table(target)
                        .filter(table -> HandOver.isEnough(target, table))
                        .isPresent());
    }
}
