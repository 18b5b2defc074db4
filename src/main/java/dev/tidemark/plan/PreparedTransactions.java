package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** The locks of a prepared transaction outlive every session; a window would wait in vain. */
final class PreparedTransactions implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().sessions().stream()
                .filter(s -> s.pid() == 0 && !s.locks().isEmpty())
                .map(s -> Finding.blocking(
                        "TM210",
                        "The prepared transaction " + Sql.literal(s.application()) + " of " + Sql.identifier(s.user())
                                + " has held locks for " + Figures.time(s.transactionAge()) + ": "
                                + Phrases.list(s.locks())
                                + ". No window can open while it does.",
                        "COMMIT PREPARED " + Sql.literal(s.application()) + "; or ROLLBACK PREPARED "
                                + Sql.literal(s.application()) + ";"));
    }
}
