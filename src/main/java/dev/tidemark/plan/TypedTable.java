package dev.tidemark.plan;

import java.util.stream.Stream;

/** A typed table cannot inherit, so it cannot be a chunk. */
final class TypedTable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.ofType() == null
                ? Stream.<Finding>empty()
                : Stream.of(Finding.blocking(
                        "TM117",
                        table.name() + " is a table OF " + table.ofType()
                                + "; such a table cannot inherit, as chunks must.",
                        "Cut the tie, the columns stay: ALTER TABLE " + table.name() + " NOT OF;")));
    }
}
