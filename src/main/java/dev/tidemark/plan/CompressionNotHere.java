package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import java.util.stream.Stream;

/** The Apache edition cannot compress; asked for it, we say so instead of leaving it out silently. */
final class CompressionNotHere implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        boolean apache = situation
                .timescaledb()
                .filter(t -> t.edition() == TimescaleDb.Edition.APACHE)
                .isPresent();
        return situation.each(
                (target, table) -> apache && target.compressAfter().isPresent()
                        ? Stream.of(Finding.note(
                                "TM107",
                                "Chunks of " + table.name()
                                        + " will not be compressed: the Apache edition of TimescaleDB cannot do that.",
                                "Leave compressAfter out, or convert on a server with the Community edition."))
                        : Stream.<Finding>empty());
    }
}
