package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A chunk that TimescaleDB makes has its row triggers enabled, whatever ALTER TABLE … DISABLE TRIGGER says of the hypertable (measured). */
final class TriggersSwitched implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.triggers().stream()
                .filter(trigger -> trigger.row() && !trigger.enabled().equals("O"))
                .map(trigger -> Finding.note(
                        "TM158",
                        "Trigger " + Sql.identifier(trigger.name()) + " of " + table.name() + " is "
                                + words(trigger.enabled())
                                + ". Its present rows' chunks keep that; chunks that TimescaleDB makes later have it enabled.",
                        trigger.enabled().equals("D")
                                ? "Drop it if it must not fire."
                                : "Repeat the ALTER TABLE … TRIGGER on later chunks.")));
    }

    private static String words(String enabled) {
        return switch (enabled) {
            case "D" -> "disabled";
            case "A" -> "enabled ALWAYS";
            default -> "enabled for REPLICA only";
        };
    }
}
