package dev.tidemark.plan;

import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** What a DEFAULT partition has and its table has not: the copies of its rows are made after the table. */
final class DefaultAlone implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Pieces.defaults(table)
                .filter(p -> p.span().isPresent())
                .flatMap(p -> {
                    List<String> own = own(table, p).toList();
                    return own.isEmpty() ? Stream.<Finding>empty() : Stream.of(found(p, own));
                }));
    }

    static Stream<String> own(Table table, Partition partition) {
        return Stream.of(
                        partition.constraints().stream()
                                .filter(c -> c.kind() == Constraint.Kind.CHECK && !c.inherited())
                                .map(c -> "CHECK " + Sql.identifier(c.name())),
                        partition.indexes().stream()
                                .filter(i -> i.parentIndex() == null)
                                .map(i -> "index " + Sql.identifier(i.index().name())),
                        partition.ownTriggers().stream().map(t -> "trigger " + Sql.identifier(t)),
                        partition.rowSecurity() && !table.security().enabled()
                                ? Stream.of("row security")
                                : Stream.<String>empty())
                .flatMap(s -> s);
    }

    private static Finding found(Partition partition, List<String> own) {
        return Finding.note(
                "TM164",
                "DEFAULT partition " + partition.name() + " has what its table has not: " + Phrases.list(own)
                        + ". The chunks that its rows become will not have it.",
                "Give it to the table if it is meant for every row; else it comes back with the partition on the way back.");
    }
}
