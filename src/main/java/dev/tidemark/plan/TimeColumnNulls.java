package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A row without a time has no chunk or partition to be in, and no range in which it is compared. */
final class TimeColumnNulls implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.all(table).flatMap(piece -> piece.span().stream()
                .filter(span -> span.nulls() > 0)
                .map(span -> Finding.blocking(
                        "TM112",
                        "Column " + Sql.identifier(target.timeColumn()) + " is NULL in "
                                + Phrases.rows(span.nulls()) + " of " + piece.name()
                                + (GoalWords.isPlain(situation)
                                        ? "; rows without one cannot be compared by it."
                                        : "; in " + GoalWords.whole(situation) + " every row has a time."),
                        "Give these rows a time, or delete them: … WHERE " + Sql.identifier(target.timeColumn())
                                + " IS NULL;"))));
    }
}
