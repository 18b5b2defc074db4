package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Any FOR ALL TABLES publication publishes the new table too (TS101). */
final class PublishedWithAll implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().publicationsOfAllTables().stream()
                .map(name -> Finding.blocking(
                        "TM154",
                        "Publication " + Sql.identifier(name)
                                + " is FOR ALL TABLES; TimescaleDB makes no hypertable while there is one.",
                        "Replace it by one that names schemas, which passes: DROP PUBLICATION " + Sql.identifier(name)
                                + "; CREATE PUBLICATION " + Sql.identifier(name) + " FOR TABLES IN SCHEMA "
                                + String.join(
                                        ", ",
                                        situation.request().names().stream()
                                                .map(t -> Sql.identifier(t.schema()))
                                                .distinct()
                                                .toList())
                                + "; (PostgreSQL 15 and later) or FOR TABLE …."));
    }
}
