package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Optional;

/**
 * Everything decided about the exchange of one partition.
 *
 * @param copied the partition as what is copied: with the definition of its table, which its successors get
 * @param own the partition as it is, with what it has for itself
 * @param whole the table
 * @param place the partition among its siblings
 * @param grid where the new partitions begin and end
 */
record Exchange(CopySubject copied, Subject own, Subject whole, Partition place, PieceGrid grid) {
    /** The kind of object that a new partition is in the journal; its purpose is its oid. */
    static final String PIECE = "new partition";

    /** The kind of object that an exchanged partition is in the journal until it is given up. */
    static final String PART = "exchanged partition";

    private static final String VIEW = "pieces";

    TableName part() {
        return place.name();
    }

    TableName retired() {
        return own.retired();
    }

    TableName table() {
        return whole.name();
    }

    /** All rows of the new partitions, while somebody compares them with the retired one. */
    TableName view() {
        return view(whole.journal(), table());
    }

    static TableName view(String journal, TableName table) {
        return CopySubject.ours(journal, table, VIEW);
    }

    Sql objects() {
        return whole.journalTable("object");
    }

    /** A query for {@code oid, relation} of the new partitions that are there. */
    Sql pieces() {
        return pieces(whole.journal(), table(), PieceRecord.RUN);
    }

    static Sql pieces(String journal, TableName table, Sql run) {
        return Sql.of(
                """
                SELECT c.oid, c.oid::regclass AS relation, pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AS rest
                          FROM %s AS o
                          JOIN pg_class AS c ON c.oid = o.purpose::oid
                          JOIN pg_inherits AS i ON i.inhrelid = c.oid AND i.inhparent = %L::regclass
                         WHERE o.run = %s AND o.kind = %L""",
                Sql.of("%I", new TableName(journal, "object")), table.quoted(), run, PIECE);
    }

    /** What records changes of the new partitions. */
    Capture captureOfPieces() {
        return copied.captureOfCopy();
    }

    /** The rest of the DEFAULT partition, whose name it gets. */
    Optional<TableName> rest() {
        return place.isDefault() ? Optional.of(place.name()) : Optional.empty();
    }
}
