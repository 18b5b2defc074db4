package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A row is given its partition before a BEFORE trigger sees it, so a trigger that sets the time comes too late. */
final class TimeSetByTrigger implements PartitionsRule {
    private static final Pattern BEFORE_INSERT = Pattern.compile(" BEFORE (?:[A-Z]+ OR )*INSERT");

    @Override
    public Stream<Finding> judge(Situation situation) {
        if (Decision.isHandOver(situation)) {
            return Stream.empty();
        }
        return situation.each(
                (target, table) -> table.triggers().stream()
                        .filter(trigger -> table.layout().match(heap -> true, partitions -> false, hypertable -> false))
                        .filter(trigger -> trigger.row()
                                && !trigger.transitionTables()
                                && BEFORE_INSERT
                                        .matcher(trigger.definition().text())
                                        .find())
                        .map(
                                trigger -> Finding.note(
                                        "TM177",
                                        "Trigger " + Sql.identifier(trigger.name()) + " of " + table.name()
                                                + " fires BEFORE a row is written, but after the row was given its partition by "
                                                + Sql.identifier(target.timeColumn()) + ".",
                                        "If it sets or changes that column, let a DEFAULT do it instead: such rows would be refused.")));
    }
}
