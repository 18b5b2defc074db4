package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any FOR ALL TABLES publication publishes the new table too: TimescaleDB makes no hypertable then (TS101), and subscribers of a copy would get the journal
 * and every row a second time, under names that they do not have.
 */
final class PublishedWithAll implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        boolean hypertable = GoalWords.isHypertable(situation);
        List<String> schemas = situation.request().names().stream()
                .map(t -> Sql.identifier(t.schema()))
                .distinct()
                .toList();
        return situation.server().publicationsOfAllTables().stream()
                .filter(name -> hypertable
                        || situation.request().goal().exchanges()
                        || Decision.of(situation).strategy() == Strategy.COPY)
                .map(name -> Finding.blocking(
                        "TM154",
                        "Publication " + Sql.identifier(name) + " is FOR ALL TABLES; "
                                + (hypertable
                                        ? "TimescaleDB makes no hypertable while there is one."
                                        : "subscribers would get what is copied and the journal's own tables, which they do not have."),
                        remedy(Sql.identifier(name), hypertable, schemas)));
    }

    private static String remedy(String name, boolean hypertable, List<String> schemas) {
        return hypertable
                ? "Replace it by one that names schemas, which passes: DROP PUBLICATION " + name
                        + "; CREATE PUBLICATION " + name + " FOR TABLES IN SCHEMA " + String.join(", ", schemas)
                        + "; (PostgreSQL 15 and later) or FOR TABLE …."
                : "Replace it by one that names its tables: DROP PUBLICATION " + name + "; CREATE PUBLICATION " + name
                        + " FOR TABLE … WITH (publish_via_partition_root = true); and let subscribers refresh theirs.";
    }
}
