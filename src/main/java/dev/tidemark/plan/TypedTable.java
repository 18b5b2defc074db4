package dev.tidemark.plan;

import java.util.stream.Stream;

/** A typed table cannot inherit, so it cannot be a chunk; a copy of it is an ordinary table. */
final class TypedTable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.ofType() == null
                ? Stream.<Finding>empty()
                : Stream.of(Finding.blocking(
                        "TM117",
                        table.name() + " is a table OF " + table.ofType()
                                + (GoalWords.isHypertable(situation)
                                        ? "; such a table cannot inherit, as chunks must."
                                        : "; its copy would be none, and could be changed in ways that the type forbids."),
                        "Cut the tie, the columns stay: ALTER TABLE " + table.name() + " NOT OF;")));
    }
}
