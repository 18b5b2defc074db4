package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Rows of a DEFAULT partition cannot stay where they are: it has no range. They are the only rows that move. */
final class DefaultRows implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            boolean quiet = !table.triggers().isEmpty() || !table.referencedBy().isEmpty();
            return Pieces.defaults(table)
                    .filter(p -> p.span().isPresent())
                    .map(p -> quiet && !situation.server().mayReplicaRole() ? refused(situation, table, p) : moved(p));
        });
    }

    private static Finding moved(Partition partition) {
        Partition.Span span = partition.span().orElseThrow();
        return Finding.note(
                "TM147",
                "DEFAULT partition " + partition.name() + " holds " + Phrases.rows(span.rows()) + " from "
                        + span.lowest().text() + " to " + span.highest().text()
                        + ". They move into partitions of their own before the window, in short transactions; these are"
                        + " the only rows that move.",
                "Sessions with older snapshots are waited for afterwards, but until they end a REPEATABLE READ transaction begun"
                        + " before the move that looks for a moved row by its time does not find it, on a standby too. Convert when"
                        + " none runs, or empty the partition first.");
    }

    private static Finding refused(Situation situation, Table table, Partition partition) {
        return Finding.blocking(
                "TM147",
                "DEFAULT partition " + partition.name() + " holds "
                        + Phrases.rows(partition.span().orElseThrow().rows()) + " that have to move, and "
                        + table.name()
                        + (table.triggers().isEmpty() ? " is referenced by foreign keys" : " has triggers")
                        + " that must not fire for that; "
                        + Sql.identifier(situation.server().user())
                        + " may not set session_replication_role.",
                "GRANT SET ON PARAMETER session_replication_role TO "
                        + Sql.identifier(situation.server().user())
                        + "; (PostgreSQL 15 and later; before, a superuser has to convert) or empty the partition.");
    }
}
