package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** {@code infinity} lies beyond every chunk (attach answers 23514) and every partition but DEFAULT. */
final class InfiniteTimes implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (GoalWords.isPlain(situation)) {
            return Stream.empty();
        }
        return situation.each((target, table) -> Pieces.all(table)
                .filter(p -> !target.partitioning()
                        .map(Partitioning::defaultPartition)
                        .orElse(false))
                .filter(p -> p.span()
                        .filter(InfiniteTimes::isInfinite)
                        // What lies before every boundary stays where it is.
                        .filter(span -> situation.share(target).isEmpty()
                                || span.highest().equals(Bound.MAXVALUE))
                        .isPresent())
                .map(p -> Finding.blocking(
                        "TM160",
                        p.name() + " holds rows whose " + Sql.identifier(target.timeColumn())
                                + " is -infinity or infinity; no " + GoalWords.part(situation) + " reaches that far.",
                        "Give these rows a finite time, or delete them: … WHERE NOT isfinite("
                                + Sql.identifier(target.timeColumn()) + ");")));
    }

    private static boolean isInfinite(Partition.Span span) {
        return span.rows() > span.nulls()
                && (!span.lowest().isFinite() || !span.highest().isFinite());
    }
}
