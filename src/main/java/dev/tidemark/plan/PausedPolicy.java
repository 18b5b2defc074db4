package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/** What the journal remembers of policies that a conversion made paused, so that finalize starts these and no others. */
final class PausedPolicy {
    private static final String KIND = "paused policy";

    private PausedPolicy() {}

    /** Writes down what {@code identities} returns: ids of TimescaleDB's jobs, or the table of a policy that Tidemark carries out itself. */
    static Sql remember(Subject subject, Sql identities) {
        return Sql.of(
                """
                INSERT INTO %s (run, kind, identity, purpose)
                SELECT %s, %L, identity, %L FROM (%s) AS made (identity)""",
                subject.journalTable("object"),
                PieceRecord.RUN,
                KIND,
                "of " + subject.name() + ", waits for finalize",
                identities);
    }

    /** The identities that a run wrote down, as a source of FROM. */
    static Sql of(String runId, String journal) {
        return Sql.of(
                "(SELECT identity FROM %I WHERE run = %L AND kind = %L)",
                new TableName(journal, "object"), runId, KIND);
    }
}
