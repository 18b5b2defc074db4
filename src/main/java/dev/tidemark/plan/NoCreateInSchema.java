package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** The successor of the table is made in the table's schema. */
final class NoCreateInSchema implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Boolean.FALSE.equals(
                        situation.server().mayCreateIn().get(table.name().schema()))
                ? Stream.of(Finding.blocking(
                        "TM232",
                        Sql.identifier(situation.server().user()) + " may not create tables in schema "
                                + Sql.identifier(table.name().schema()) + ", where "
                                + (GoalWords.isHypertable(situation) ? "the hypertable" : "the new table")
                                + " will be.",
                        "GRANT CREATE ON SCHEMA " + Sql.identifier(table.name().schema()) + " TO "
                                + Sql.identifier(situation.server().user()) + ";"))
                : Stream.<Finding>empty());
    }
}
