package dev.tidemark.plan;

import java.util.stream.Stream;

/** Nothing to do, and no way back that a rollback could take. */
final class AlreadyPlain implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) ->
                GoalWords.isPlain(situation) && table.layout().match(h -> true, p -> false, h -> false)
                        ? Stream.of(Finding.blocking(
                                "TM102",
                                table.name()
                                        + " is a plain table already, and the journal knows of no conversion that made it one.",
                                "Leave this change out, or mark it as run: liquibase changelog-sync."))
                        : Stream.empty());
    }
}
