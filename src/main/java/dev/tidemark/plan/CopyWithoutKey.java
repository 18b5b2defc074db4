package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Changes are followed by key: without one, a row that changes while it is copied cannot be told from its equals. */
final class CopyWithoutKey implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> CopySubject.keyOf(table).isPresent()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM302",
                        table.name()
                                + " has no key to follow changes by: none that is unique, complete (no WHERE), not deferrable, of plain columns that are NOT NULL.",
                        Sql.of("ALTER TABLE %I ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY;", table.name())
                                + " rewrites the table; a unique index on columns that are NOT NULL does not: "
                                + Sql.of(
                                        "CREATE UNIQUE INDEX CONCURRENTLY ON %I (…, %I);",
                                        table.name(), target.timeColumn()))));
    }
}
