package dev.tidemark.plan;

import java.util.stream.Stream;

/** What can be no history partition, or is not asked for in a way that there is. */
final class UnfitForHistory implements HistoryRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (LeavingHypertable.isIn(situation)) {
            return Stream.empty();
        }
        if (situation.options().strategy() == Strategy.ADOPT) {
            return Stream.of(Finding.blocking(
                    "TM175",
                    "strategy=\"adopt\" writes TimescaleDB's catalog; native partitions need nothing like it.",
                    "Set strategy=\"attach\", which copies nothing either, or leave it out."));
        }
        return situation.each((target, table) -> table.layout()
                .match(
                        heap -> Stream.<Finding>empty(),
                        partitions -> Stream.of(finding(
                                table.name() + " has partitions already; of another width, or by another column, their"
                                        + " rows get into new ones by a copy only.")),
                        hypertable -> Stream.<Finding>empty()));
    }

    private static Finding finding(String what) {
        return Finding.blocking("TM175", what, "Set strategy=\"copy\" instead of \"attach\", or leave it out.");
    }
}
