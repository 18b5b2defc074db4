package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any FOR ALL TABLES publication publishes the new table too: TimescaleDB makes no hypertable then (TS101), and subscribers of a copy would get the journal
 * and every row a second time, under names that they do not have. So do those of the table's schema for copies that are not hypertables.
 */
final class PublishedWithAll implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        boolean hypertable = GoalWords.isHypertable(situation);
        List<String> schemas = situation.request().names().stream()
                .map(t -> Sql.identifier(t.schema()))
                .distinct()
                .toList();
        boolean copied =
                situation.request().goal().exchanges() || Decision.of(situation).strategy() == Strategy.COPY;
        Stream<Finding> ofAll = situation.server().publicationsOfAllTables().stream()
                .filter(name -> hypertable || copied)
                .map(name -> Finding.blocking(
                        "TM154",
                        "Publication " + Sql.identifier(name) + " is FOR ALL TABLES; "
                                + (hypertable
                                        ? "TimescaleDB makes no hypertable while there is one."
                                        : "subscribers would get what is copied and the journal's own tables, which they do not have."),
                        remedy(Sql.identifier(name), hypertable, schemas)));
        return copied && !hypertable ? Stream.concat(ofAll, ofSchemas(situation)) : ofAll;
    }

    /** What is copied lies beside the table, so it is published with the schema. Chunks do not. */
    private static Stream<Finding> ofSchemas(Situation situation) {
        return situation.request().names().stream()
                .map(TableName::schema)
                .distinct()
                .flatMap(schema -> situation.server().publicationsOfSchemas().getOrDefault(schema, List.of()).stream()
                        .map(name -> Finding.blocking(
                                "TM154",
                                "Publication " + Sql.identifier(name) + " is FOR TABLES IN SCHEMA "
                                        + Sql.identifier(schema)
                                        + "; subscribers would get what is copied, under names that they do not have.",
                                remedyOfSchema(situation, Sql.identifier(name), Sql.identifier(schema)))));
    }

    private static String remedyOfSchema(Situation situation, String name, String schema) {
        return situation.request().goal().exchanges()
                ? "Let it name its tables until finalizeConversion: ALTER PUBLICATION " + name
                        + " SET (publish_via_partition_root = true); ALTER PUBLICATION " + name
                        + " SET TABLE …; and let subscribers refresh theirs."
                : "Take the schema out and put it back afterwards: ALTER PUBLICATION " + name
                        + " DROP TABLES IN SCHEMA "
                        + schema + "; convert, finalize; ALTER PUBLICATION " + name + " ADD TABLES IN SCHEMA " + schema
                        + "; and let subscribers refresh theirs. Or name the other tables meanwhile.";
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
