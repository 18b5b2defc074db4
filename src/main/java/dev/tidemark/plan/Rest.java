package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/**
 * Rows that a copy has left in the retired table, as the journal knows of them.
 *
 * @param boundary they are older than that
 * @param view shows them together with the table's
 * @param before the partition of the new table for rows older than that which come after the cutover
 * @param millionths how much was to be copied of a million rows
 */
public record Rest(Boundary boundary, TableName view, TableName before, long millionths) {
    private static final String KIND = "rest";
    private static final String VIEW = "_all";
    private static final String BEFORE = "_before";

    /** With names that are free. */
    static Rest of(Share share, TableName table, RetiredNames names) {
        return new Rest(share.boundary(), names.next(table, VIEW), names.next(table, BEFORE), share.millionths());
    }

    /** Writes down what a proof and the end of the conversion need to know. */
    Sql remember(CopySubject subject) {
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, jsonb_build_object('column', %L, 'since', %L, 'words', %L, 'position', %s, 'view', %L, 'before', %L, 'millionths', %s)::text)",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                KIND,
                subject.name().quoted(),
                boundary.column(),
                boundary.value(),
                boundary.words(),
                boundary.position(),
                view.quoted(),
                before.quoted(),
                millionths);
    }

    /** When the conversion has been taken back. */
    static Sql forget(CopySubject subject) {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                KIND,
                subject.name().quoted());
    }
}
