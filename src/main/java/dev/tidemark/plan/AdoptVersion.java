package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import java.util.stream.Stream;

/** Adopting writes TimescaleDB's own catalog, so only where the result was compared row by row with its own. */
final class AdoptVersion implements ChunkRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().strategy() != Strategy.ADOPT
                ? Stream.empty()
                : situation.timescaledb().stream()
                        .filter(t -> !AdoptedChunks.PROVEN.contains(t.version()))
                        .map(t -> Finding.blocking(
                                "TM208",
                                "strategy=\"adopt\" writes TimescaleDB's catalog and is proved for "
                                        + String.join(" and ", AdoptedChunks.PROVEN) + " only; here is " + t.version()
                                        + ".",
                                t.edition() == TimescaleDb.Edition.COMMUNITY && t.isAtLeast(AttachedChunks.SINCE)
                                        ? "Use strategy=\"attach\"."
                                        : "Use a server with one of these versions, or the Community edition from "
                                                + AttachedChunks.SINCE + " on with strategy=\"attach\"."));
    }
}
