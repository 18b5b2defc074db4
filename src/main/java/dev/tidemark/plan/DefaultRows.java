package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import java.util.stream.Stream;

/** Rows of a DEFAULT partition cannot stay where they are: it has no range. They are the only rows that are copied. */
final class DefaultRows implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) ->
                Pieces.defaults(table).filter(p -> p.span().isPresent()).map(DefaultRows::copied));
    }

    private static Finding copied(Partition partition) {
        Partition.Span span = partition.span().orElseThrow();
        return Finding.note(
                "TM147",
                "DEFAULT partition " + partition.name() + " holds " + Phrases.rows(span.rows()) + " from "
                        + span.lowest().text() + " to " + span.highest().text()
                        + ". They are copied into tables of their own, slice by slice, and become chunks with the cutover; these are"
                        + " the only rows that are copied. Until then each write to this partition, and to no other, is made twice,"
                        + " and waits for a slice that is being copied.",
                "Nothing to do. Sessions with a snapshot from before the copy are waited for; only those on a standby cannot be: a query"
                        + " there that began before the copy and goes on after the cutover can miss these rows.");
    }
}
