package dev.tidemark.plan;

import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A hypertable that Tidemark did not make: nothing to do, and no way back in the journal that a rollback could take. */
final class AlreadyHypertable implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().names().stream()
                .flatMap(name -> Stream.ofNullable(situation.tables().get(name)))
                .flatMap(table -> table.layout()
                        .match(
                                h -> Stream.<Finding>empty(),
                                p -> Stream.<Finding>empty(),
                                hypertable -> Stream.of(found(table, hypertable))));
    }

    private static Finding found(Table table, Layout.Hypertable hypertable) {
        return Finding.blocking(
                "TM102",
                table.name() + " is a hypertable already, by " + Sql.identifier(hypertable.timeColumn())
                        + " in chunks of " + hypertable.chunkInterval()
                        + ", and the journal knows of no conversion that made it one.",
                "Leave this change out, or mark it as run: liquibase changelog-sync.");
    }
}
