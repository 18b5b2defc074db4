package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Changes are followed by key: without one, a row that changes while it is copied cannot be told from its equals. What fits into maxPause is copied while
 * its writers wait instead.
 */
final class CopyWithoutKey implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        List<Table> without = situation
                .each((target, table) ->
                        CopySubject.keyOf(table).isPresent() ? Stream.<Table>empty() : Stream.of(table))
                .toList();
        Duration wait = without.stream().map(CopyEstimator::offline).reduce(Duration.ZERO, Duration::plus);
        Duration maxPause = situation.options().maxPause();
        return situation.each((target, table) -> {
            if (!without.contains(table)) {
                return Stream.empty();
            }
            return Stream.of(finding(table.name(), target.timeColumn(), wait, maxPause));
        });
    }

    /** @param wait how long writers would wait */
    static Finding finding(TableName table, String timeColumn, Duration wait, Duration maxPause) {
        String what = table
                + " has no key to follow changes by: none that is unique, complete (no WHERE), not deferrable, of plain columns that are NOT NULL.";
        String key = Sql.of("ALTER TABLE %I ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY;", table)
                + " rewrites the table; a unique index on columns that are NOT NULL does not: "
                + Sql.of("CREATE UNIQUE INDEX CONCURRENTLY ON %I (…, %I);", table, timeColumn);
        return wait.compareTo(maxPause) <= 0
                ? Finding.note(
                        "TM305",
                        what + " It is copied while its writers wait, about " + Figures.time(wait)
                                + " of maxPause (" + Figures.time(maxPause)
                                + "); readers go on. Its way back takes as long.",
                        "Nothing to do if they may wait so long. With a key they would not: " + key)
                : Finding.blocking(
                        "TM302",
                        what,
                        key + " Or let its writers wait while it is copied, and readers go on: maxPause=\""
                                + (wait.toSeconds() + 1) + " seconds\" at least.");
    }
}
