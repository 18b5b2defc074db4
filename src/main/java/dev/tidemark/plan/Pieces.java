package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import java.util.List;
import java.util.stream.Stream;

/** The storage of a table, piece by piece. */
final class Pieces {
    private Pieces() {}

    /** Partitions at any depth, those that are partitioned themselves and DEFAULT ones too; none for a plain table. */
    static Stream<Partition> partitions(Table table) {
        return table.layout().match(h -> Stream.empty(), p -> p.partitions().stream(), h -> Stream.empty());
    }

    /** All partitions, or the plain table itself. */
    static Stream<Partition> all(Table table) {
        return table.layout().match(h -> Stream.of(h.storage()), p -> p.partitions().stream(), h -> Stream.empty());
    }

    /** Whatever becomes a chunk: the plain table, or partitions that hold rows themselves. */
    static Stream<Partition> leaves(Table table) {
        return table.layout().match(h -> Stream.of(h.storage()), p -> p.leaves().stream(), h -> Stream.empty());
    }

    /** Partitions that hold rows themselves and become chunks; none for a plain table. */
    static List<Partition> leafPartitions(Table table) {
        return table.layout().match(h -> List.of(), p -> p.leaves(), h -> List.of());
    }

    /** What stays under another name, in words. */
    static String old(Situation situation) {
        return Decision.of(situation).strategy() == Strategy.COPY ? "old table" : "old, emptied table";
    }

    /** DEFAULT partitions. */
    static Stream<Partition> defaults(Table table) {
        return partitions(table).filter(Partition::isDefault);
    }

    /** Tables that pg_partman's retention detached and kept. */
    static List<Partition> detached(Table table) {
        return table.layout().match(h -> List.of(), p -> p.detached(), h -> List.of());
    }

    /** What becomes chunks in the end: leaves, and detached tables where they are included. */
    static Stream<Partition> chunks(Situation situation, Table table) {
        return Stream.concat(
                leaves(table), situation.options().includeDetached() ? detached(table).stream() : Stream.empty());
    }
}
