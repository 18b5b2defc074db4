package dev.tidemark.plan;

import dev.tidemark.schema.Persistence;
import java.util.stream.Stream;

/** A temporary table ends with its session. */
final class TemporaryTable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.persistence() == Persistence.TEMPORARY
                ? Stream.of(Finding.blocking(
                        "TM118",
                        table.name() + " is a temporary table: it belongs to one session and ends with it.",
                        "Name a permanent table."))
                : Stream.<Finding>empty());
    }
}
