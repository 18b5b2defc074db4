package dev.tidemark.plan;

import java.util.stream.Stream;

/** Functions in the database make nothing by themselves: somebody has to call them, or one day there is no partition for a row. */
final class UpkeepRunner implements PartitionsRule {
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
                ? Finding.note("TM320", "pg_cron will make " + what + ", every 15 minutes.", "Nothing to do.")
                : Finding.note(
                        "TM321",
                        "Nobody will make " + what + " here: pg_cron is not in this database.",
                        "Call \"liquibase tidemark maintain\" or Tidemark.maintain() from a scheduler, every 15 minutes say, or SELECT * FROM "
                                + situation.journal() + ".make_partitions() and " + situation.journal()
                                + ".apply_partition_retention(); or install pg_cron in this database before.");
    }
}
