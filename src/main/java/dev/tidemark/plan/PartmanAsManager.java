package dev.tidemark.plan;

import dev.tidemark.schema.Server;
import dev.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What pg_partman cannot do with a set that it is given. */
final class PartmanAsManager implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            Partitioning partitioning = target.partitioning().orElse(Partitioning.DEFAULTS);
            if (partitioning.upkeep().managedBy() != ManagedBy.PG_PARTMAN) {
                return Stream.empty();
            }
            Server server = situation.server();
            if (!server.partmanMissing().isEmpty()) {
                return Stream.of(MissingRights.finding(
                        server.partmanMissing(),
                        server.user(),
                        "so managedBy=\"pg_partman\" of " + table.name() + " cannot be carried out"));
            }
            return problems(situation, target, table, partitioning).stream()
                    .map(problem -> Finding.blocking(
                            "TM322",
                            "managedBy=\"pg_partman\" of " + table.name() + " is not possible: " + problem + ".",
                            "Change that, or leave managedBy out, so that Tidemark manages the partitions."));
        });
    }

    private static List<String> problems(
            Situation situation, ConversionTarget target, Table table, Partitioning partitioning) {
        List<String> problems = new ArrayList<>();
        if (situation.server().partman().isEmpty()) {
            problems.add("the extension is not in this database");
        }
        if (Decision.isHandOver(situation)) {
            if (HandOver.isUnbounded(table)) {
                problems.add(
                        "it fails at a partition without a lower or an upper bound, which splitHistory would split");
            }
        } else if (Decision.of(situation).strategy() != Strategy.COPY) {
            problems.add(
                    "it fails at a history partition without a lower bound, which strategy=\"attach\" makes and \"copy\" does not");
        }
        if (Stream.of(table.name().schema(), table.name().name(), target.timeColumn())
                .anyMatch(name -> name.contains(".") || name.contains("'"))) {
            problems.add(
                    "it cannot read a name with a dot or a single quote, and its maintenance would fail for every table");
        }
        if (partitioning.premake() == 0) {
            problems.add("its premake must be 1 or more");
        }
        if (partitioning.partitionName().isPresent()) {
            problems.add("it gives partitions names of its own, so partitionName cannot be kept");
        }
        if (partitioning.upkeep().retentionGrace().isPresent()) {
            problems.add("it knows no retentionGrace");
        }
        if (target.epoch().filter(e -> e == Epoch.US).isPresent()) {
            problems.add("not every version of it counts microseconds");
        }
        return problems;
    }
}
