package dev.tidemark.plan;

import dev.tidemark.schema.Layout.Hypertable;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.schema.TimescaleDb.Edition;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether the chunks of a hypertable can become partitions as they are, and what is decided where nobody has said how. */
final class LeavingHypertable implements HistoryRule {
    private static final String BY_COPY = "Set strategy=\"copy\", or leave it out.";

    @Override
    public Stream<Finding> judge(Situation situation) {
        return isIn(situation)
                ? obstacle(situation).map(what -> Finding.blocking("TM180", what, BY_COPY)).stream()
                : Stream.empty();
    }

    /** Whether hypertables, one at least, are to become native partitions. */
    static boolean isIn(Situation situation) {
        return situation.request().goal() == ConversionRequest.Goal.PARTITIONS && HypertableSource.isIn(situation);
    }

    static Decision decide(Situation situation, Strategy wish) {
        String word = wish.name().toLowerCase(Locale.ROOT);
        TimescaleDb timescaledb = situation.timescaledb().orElseThrow();
        if (wish != Strategy.AUTO) {
            return new Decision(wish, "strategy=\"" + word + "\" was asked for.");
        }
        Optional<String> obstacle = obstacle(situation);
        if (obstacle.isPresent()) {
            return new Decision(Strategy.COPY, "auto: " + obstacle.get() + " So the rows are copied.");
        }
        if (timescaledb.edition() == Edition.APACHE) {
            return new Decision(
                    Strategy.COPY,
                    "auto: the Apache edition of TimescaleDB has no detach_chunk." + adoptable(timescaledb));
        }
        if (!timescaledb.isAtLeast(AttachedChunks.SINCE)) {
            return new Decision(
                    Strategy.COPY,
                    "auto: TimescaleDB " + timescaledb.version() + " has no detach_chunk; it came with "
                            + AttachedChunks.SINCE + "." + adoptable(timescaledb));
        }
        return new Decision(
                Strategy.ATTACH,
                "auto: chunks leave the hypertable by detach_chunk (TimescaleDB " + timescaledb.version()
                        + ", Community edition) and become partitions as they are; no row is copied.");
    }

    private static String adoptable(TimescaleDb timescaledb) {
        return AdoptedChunks.PROVEN.contains(timescaledb.version())
                ? " strategy=\"adopt\" copies nothing and works there, for a superuser, but has to be asked for."
                : "";
    }

    /** What only a copy can do. */
    private static Optional<String> obstacle(Situation situation) {
        return situation
                .each((target, table) -> obstacle(target, table).stream())
                .findFirst();
    }

    private static Optional<String> obstacle(ConversionTarget target, Table table) {
        return table.layout()
                .match(
                        heap -> Optional.of(
                                table.name()
                                        + " is a plain table, and others of the change are hypertables; converted by themselves, both can do without a copy."),
                        partitions ->
                                Optional.of(table.name() + " has partitions already; of another width their rows get"
                                        + " into new ones by a copy only."),
                        hypertable -> obstacle(target, table, hypertable));
    }

    private static Optional<String> obstacle(ConversionTarget target, Table table, Hypertable hypertable) {
        if (hypertable.dimensions() > 1) {
            return Optional.of(table.name() + " has " + hypertable.dimensions()
                    + " dimensions; several of its chunks share a range of time, and partitions cannot.");
        }
        if (!hypertable.timeColumn().equals(target.timeColumn())) {
            return Optional.of("the chunks of " + table.name() + " go by " + hypertable.timeColumn() + ", not by "
                    + target.timeColumn() + ".");
        }
        return hypertable.chunks().stream()
                .filter(chunk -> chunk.kind() != RelationKind.TABLE)
                .map(Partition::name)
                .findFirst()
                .map(chunk -> "chunk " + chunk + " is no ordinary table; its rows lie outside of this server.");
    }
}
