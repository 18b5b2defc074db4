package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import java.util.stream.Stream;

/** attach_chunk is there in the Community edition from 2.21 on. */
final class AttachNotHere implements ChunkRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.options().strategy() != Strategy.ATTACH) {
            return Stream.empty();
        }
        return situation.timescaledb().stream().flatMap(timescaledb -> {
            if (timescaledb.edition() == TimescaleDb.Edition.APACHE) {
                return Stream.of(Finding.blocking(
                        "TM205",
                        "strategy=\"attach\" needs attach_chunk, which the Apache edition of TimescaleDB does not have.",
                        "Use strategy=\"adopt\" (a superuser, TimescaleDB "
                                + String.join(" or ", AdoptedChunks.PROVEN)
                                + "), or a server with the Community edition (timescaledb.license = 'timescale')."));
            }
            return timescaledb.isAtLeast(AttachedChunks.SINCE)
                    ? Stream.<Finding>empty()
                    : Stream.of(
                            Finding.blocking(
                                    "TM206",
                                    "strategy=\"attach\" needs attach_chunk, which came with TimescaleDB "
                                            + AttachedChunks.SINCE + "; here is " + timescaledb.version() + ".",
                                    "ALTER EXTENSION timescaledb UPDATE; in a fresh session, after installing a later package."));
        });
    }
}
