package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.Set;
import java.util.stream.Stream;

/** A foreign key needs a unique key on just the columns that it references; where the only one is extended by the time column, somebody has to choose. */
final class ForeignKeysToFormerKeys implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.options().keys() != KeyChoice.EXTEND
                || situation.options().foreignKeys() != ForeignKeyChoice.REFUSE) {
            return Stream.empty();
        }
        return situation.each((target, table) -> Stream.concat(
                        table.referencedBy().stream(),
                        table.foreignKeys().stream().filter(ForeignKey::isSelfReference))
                .distinct()
                .flatMap(key -> table.indexes().stream()
                        .filter(index -> ExtendedKeys.isExtensible(target, index))
                        .filter(index -> Set.copyOf(index.keyColumns()).equals(Set.copyOf(key.parentColumns())))
                        .map(index -> finding(key, table, index))));
    }

    private static Finding finding(ForeignKey key, Table table, Index index) {
        return Finding.blocking(
                "TM316",
                CutKeys.inWords(key) + " references " + Sql.of("(%I)", index.keyColumns())
                        + ", which will be no key by itself: " + Sql.identifier(index.name()) + " of " + table.name()
                        + " is extended by the time column.",
                "Choose foreignKeys=\"trigger\" (generated triggers take over), foreignKeys=\"drop\" (it goes, and undo puts it back), or let it reference the"
                        + " longer key before.");
    }
}
