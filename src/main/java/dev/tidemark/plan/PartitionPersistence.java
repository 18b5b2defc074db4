package dev.tidemark.plan;

import dev.tidemark.schema.Persistence;
import java.util.Locale;
import java.util.stream.Stream;

/** TimescaleDB does not check it; a chunk that is lost in a crash while its neighbours stay would be a surprise. */
final class PartitionPersistence implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.chunks(situation, table)
                .filter(p -> p.persistence() != table.persistence())
                .map(p -> Finding.blocking(
                        "TM144",
                        p.name() + " is " + words(p.persistence()) + ", " + table.name() + " is "
                                + words(table.persistence()) + "; chunks are as durable as their hypertable.",
                        "Make them equal (rewrites it): ALTER TABLE " + p.name() + " SET "
                                + (table.persistence() == Persistence.UNLOGGED ? "UNLOGGED;" : "LOGGED;"))));
    }

    private static String words(Persistence persistence) {
        return persistence.name().toLowerCase(Locale.ROOT);
    }
}
