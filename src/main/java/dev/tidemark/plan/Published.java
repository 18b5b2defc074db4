package dev.tidemark.plan;

import dev.tidemark.schema.Publication;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** create_hypertable refuses a published table (TS101), a publication lists chunks one by one, and a copy is in none. */
final class Published implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.publications().stream()
                .map(publication -> Finding.blocking(
                        "TM153",
                        table.name() + " is part of publication " + Sql.identifier(publication.name())
                                + (GoalWords.isHypertable(situation)
                                        ? "; TimescaleDB makes no hypertable of a published table."
                                        : "; its copy would not be, and subscribers would hear of no change after the cutover."),
                        remedy(situation, table, publication))));
    }

    private static String remedy(Situation situation, Table table, Publication publication) {
        String name = Sql.identifier(publication.name());
        return "Take it out and put it back afterwards: ALTER PUBLICATION " + name + " DROP TABLE " + table.name()
                + "; convert; ALTER PUBLICATION " + name + " ADD TABLE " + table.name()
                + publication.columnsAndFilter().map(c -> " " + c).orElse("")
                + (GoalWords.isHypertable(situation)
                        ? "; The publication then lists today's chunks, later ones need timescaledb.enable_chunk_auto_publication"
                                + " or ADD TABLE."
                        : ";");
    }
}
