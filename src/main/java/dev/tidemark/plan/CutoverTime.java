package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** The run's note of when the application began to use the new layout, made and taken back in the very window. */
final class CutoverTime {
    private CutoverTime() {}

    static Sql now(Subject subject) {
        return Sql.of(
                "UPDATE %s SET cutover_at = clock_timestamp() WHERE id = %s",
                subject.journalTable("run"), PieceRecord.RUN);
    }

    static Sql none(Subject subject) {
        return Sql.of("UPDATE %s SET cutover_at = NULL WHERE id = %s", subject.journalTable("run"), PieceRecord.RUN);
    }
}
