package dev.tidemark.plan;

import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What TimescaleDB ties to a hypertable whose rows are copied: it refuses one thing, and the rest is carried along or stays behind. */
final class HypertableSource implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) ->
                hypertable(table).stream().flatMap(hypertable -> judge(situation, table, hypertable)));
    }

    /** Whether it is copied, or becomes partitions as it is. */
    static Stream<Finding> judge(Situation situation, Table table, Layout.Hypertable hypertable) {
        return Stream.of(
                        aggregates(table, hypertable),
                        jobs(situation, table, hypertable),
                        settings(situation, table, hypertable))
                .flatMap(Optional::stream);
    }

    /** Whether one of the tables is a hypertable. */
    static boolean isIn(Situation situation) {
        return situation.tables().values().stream()
                .anyMatch(table -> hypertable(table).isPresent());
    }

    private static Optional<Layout.Hypertable> hypertable(Table table) {
        return table.layout().match(h -> Optional.empty(), p -> Optional.empty(), Optional::of);
    }

    /** It is kept up by the hypertable's number in TimescaleDB's catalog, which no other table can take over. */
    private static Optional<Finding> aggregates(Table table, Layout.Hypertable hypertable) {
        List<TableName> aggregates = hypertable.aggregates();
        return aggregates.isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.blocking(
                        "TM304",
                        (aggregates.size() == 1 ? "Continuous aggregate " : "Continuous aggregates ")
                                + Phrases.list(aggregates.stream()
                                        .map(TableName::toString)
                                        .toList())
                                + (aggregates.size() == 1 ? " is" : " are") + " fed by " + table.name()
                                + " and would stay with the old table; TimescaleDB ties no continuous aggregate to another table.",
                        "Keep the definition (pg_get_viewdef, timescaledb_information.continuous_aggregates), DROP MATERIALIZED VIEW "
                                + Phrases.list(aggregates.stream()
                                        .map(TableName::toString)
                                        .toList())
                                + ";, convert, and make it again where the table is still a hypertable."));
    }

    private static Optional<Finding> jobs(Situation situation, Table table, Layout.Hypertable hypertable) {
        return hypertable.jobs().isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.note(
                        "TM307",
                        "Jobs of " + table.name()
                                + " rest from the first step on, because what they drop would be missing "
                                + (Decision.of(situation).strategy() == Strategy.COPY
                                        ? "in the copy: "
                                        : "on the way back: ")
                                + Phrases.list(hypertable.jobs()) + ".",
                        GoalWords.isHypertable(situation)
                                ? "Nothing to do: the new hypertable gets its policies, and the way back gives them back."
                                : "The way back gives them back; "
                                        + GoalWords.whole(situation)
                                        + " has none, so "
                                        + (GoalWords.isPlain(situation)
                                                ? "see to it by other means that old rows go."
                                                : "set retention where old rows are to go.")));
    }

    private static Optional<Finding> settings(Situation situation, Table table, Layout.Hypertable hypertable) {
        int compressed = hypertable.compressed().size();
        if (GoalWords.isHypertable(situation)) {
            return compressed == 0
                    ? Optional.empty()
                    : Optional.of(
                            Finding.note(
                                    "TM308",
                                    compressed + " of " + hypertable.chunks().size() + " chunks of " + table.name()
                                            + " are compressed; their rows are copied uncompressed.",
                                    "Have room on the disk; the new hypertable has the same settings, and its policy compresses again."));
        }
        return hypertable.settings().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        Finding.note(
                                "TM308",
                                "What TimescaleDB keeps for " + table.name() + " and " + GoalWords.whole(situation)
                                        + " does not have: " + Phrases.list(hypertable.settings()) + ".",
                                Decision.of(situation).strategy() == Strategy.COPY
                                        ? "Nothing to do; rows come along uncompressed, into the table's own tablespace. The way back gives it back."
                                        : "Nothing to do; chunks stay where they are, uncompressed. The way back gives it back."));
    }
}
