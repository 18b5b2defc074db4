package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import java.util.stream.Stream;

/** Functions in the database make nothing by themselves: somebody has to call them, or one day there is no partition for a row. */
final class UpkeepRunner implements PartitionsRule {
    /** Health is red for that long before rows are refused. */
    private static final Interval WARNING = new Interval(0, 3, 0);

    private static final String LONGER = "Set premake to as many as three days need.";

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.of(
                switch (target.partitioning()
                        .orElse(Partitioning.DEFAULTS)
                        .upkeep()
                        .managedBy()) {
                    case TIDEMARK -> ours(situation, target);
                    case PG_PARTMAN ->
                        Finding.note(
                                "TM324",
                                "pg_partman will manage the partitions of " + table.name()
                                        + ", by the days of the session that calls its maintenance.",
                                "Have run_maintenance called in time zone "
                                        + target.partitioning()
                                                .orElse(Partitioning.DEFAULTS)
                                                .timeZone()
                                        + ", by its background worker or by a scheduler.");
                    case NONE ->
                        Finding.note(
                                "TM323",
                                "Nobody will make partitions of " + table.name() + " after the "
                                        + target.partitioning()
                                                .orElse(Partitioning.DEFAULTS)
                                                .premake()
                                        + " ahead: managedBy is none.",
                                "Make them yourself, in time: rows beyond the last one are refused.");
                }));
    }

    private static Finding ours(Situation situation, ConversionTarget target) {
        String what =
                "partitions of " + target.table() + (target.retention().isPresent() ? " and let old ones go" : "");
        return situation.server().cron().isPresent()
                ? Finding.note(
                        "TM320",
                        "pg_cron will make " + what + ", every 15 minutes." + reach(target),
                        reach(target).isEmpty() ? "Nothing to do." : LONGER)
                : Finding.note(
                        "TM321",
                        "Nobody will make " + what + " here: pg_cron is not in this database." + reach(target),
                        "Call \"liquibase tidemark maintain\" or Tidemark.maintain() from a scheduler, every 15 minutes say, or SELECT * FROM "
                                + situation.journal() + ".make_partitions() and " + situation.journal()
                                + ".apply_partition_retention(); or install pg_cron in this database before."
                                + (reach(target).isEmpty() ? "" : " " + LONGER));
    }

    /** Where they end before health could have warned for two days. */
    private static String reach(ConversionTarget target) {
        int premake = target.partitioning().orElse(Partitioning.DEFAULTS).premake();
        Interval width = target.chunkInterval().orElse(Partitioning.DEFAULT_WIDTH);
        return premake * (double) width.roughMicroseconds() < WARNING.roughMicroseconds()
                ? " They reach only " + premake + " times " + width
                        + " ahead: when that stops, rows are refused before health can have been red for 48 hours."
                : "";
    }
}
