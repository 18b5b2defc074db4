package dev.tidemark.plan;

import dev.tidemark.schema.Table;
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
                    case PG_PARTMAN -> partmans(situation, target, table);
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

    private static Finding partmans(Situation situation, ConversionTarget target, Table table) {
        if (situation.server().partman().isEmpty()) {
            return Finding.blocking(
                    "TM322",
                    "managedBy=\"pg_partman\" of " + table.name() + ", but pg_partman is not in this database.",
                    "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; or leave managedBy out, so that Tidemark manages the partitions.");
        }
        boolean history = Decision.of(situation).strategy() == Strategy.ATTACH && !Decision.isHandOver(situation);
        if (history || (Decision.isHandOver(situation) && HandOver.isUnbounded(table))) {
            return Finding.blocking(
                    "TM322",
                    "managedBy=\"pg_partman\" of " + table.name() + ": "
                            + (history ? "its history partition" : "one of its partitions")
                            + " has no lower or no upper end, at which pg_partman's maintenance fails for the whole database.",
                    "Leave managedBy out, so that Tidemark manages the partitions; or "
                            + (history ? "take strategy=\"copy\"." : "split that partition first, with splitHistory."));
        }
        return Finding.note(
                "TM324",
                "pg_partman will make partitions of " + target.table()
                        + (target.retention().isPresent() ? " and let old ones go" : "")
                        + ", when its maintenance runs.",
                "Make sure that somebody calls run_maintenance_proc(): pg_cron, or pg_partman's background worker.");
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
