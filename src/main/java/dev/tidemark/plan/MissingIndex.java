package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** An index that a piece lacks would be built inside the window, with everybody waiting. */
final class MissingIndex implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.chunks(situation, table)
                .filter(piece -> !piece.name().equals(table.name()))
                .flatMap(piece -> table.indexes().stream()
                        .filter(index -> index.valid() && !has(piece, index))
                        .map(index -> Finding.blocking(
                                "TM124",
                                piece.name() + " has no index like " + Sql.identifier(index.name()) + " of "
                                        + table.name() + " (" + index.definition()
                                        + "); building it would happen inside the window.",
                                remedy(piece, index)))));
    }

    private static boolean has(Partition piece, Index wanted) {
        return piece.indexes().stream()
                .anyMatch(own -> wanted.name().equals(own.parentIndex())
                        || (own.index().definition().equals(wanted.definition())
                                && own.index().unique() == wanted.unique()
                                && own.index().primary() == wanted.primary()));
    }

    private static String remedy(Partition piece, Index index) {
        return index.constraint() == null
                ? "Build it beside the application: CREATE " + (index.unique() ? "UNIQUE " : "")
                        + "INDEX CONCURRENTLY ON " + piece.name() + " " + index.definition() + ";"
                : "Add the same constraint to it beforehand: build a unique index CONCURRENTLY, then ALTER TABLE "
                        + piece.name() + " ADD CONSTRAINT … USING INDEX ….";
    }
}
