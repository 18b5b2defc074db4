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
                        Finding.blocking(
                                "TM322",
                                "managedBy=\"pg_partman\" of " + table.name()
                                        + " cannot be carried out: this conversion does not register tables with pg_partman.",
                                "Leave it out, so that Tidemark manages the partitions; or set managedBy=\"none\" and call pg_partman's create_parent yourself.");
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
