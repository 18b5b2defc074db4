package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a table that is about to become a history partition still is what its parent was made from, days ago perhaps. The parent rules from then on: a
 * policy, a privilege or a trigger that has come since would be gone.
 */
final class AsPlanned {
    private static final String KIND = "definition of what is attached";

    private final CopySubject subject;

    AsPlanned(CopySubject subject) {
        this.subject = subject;
    }

    /** When the parent is made. */
    Sql remember() {
        return CapturedDefinition.remember(subject.subject(), KIND, lines());
    }

    Sql forget() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                KIND,
                subject.name().quoted());
    }

    /** Raises TM410 if not, with what has changed. */
    Sql check() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    changed record;
                BEGIN
                    FOR changed IN
                        %s
                    LOOP
                        RAISE EXCEPTION 'the definition of %% has changed since its partitions were made: %% %%', %L, changed.line, changed.what
                            USING ERRCODE = 'TM410', HINT = 'Take the run back with "liquibase tidemark abort", then run the same change again; or change it back.';
                    END LOOP;
                END
                $tidemark$""",
                CapturedDefinition.changed(subject.subject(), KIND, lines()),
                subject.name().toString());
    }

    /** Without what the steps add themselves. */
    private Sql lines() {
        List<Sql> ours =
                new ArrayList<>(List.of(Sql.of("starts_with(l.line, %L)", "constraint " + ChunkStorage.BOUND + " ")));
        for (String key : subject.extendedKeys()) {
            ours.add(Sql.of(
                    "starts_with(l.line, 'index CREATE UNIQUE INDEX ' || quote_ident(%L) || ' ON ')",
                    subject.subject().retiredNameOf(key)));
        }
        return Sql.of(
                "SELECT l.line FROM (%s) AS l WHERE NOT (%s)",
                new CapturedDefinition(subject.table()).lines(), Sql.join(" OR ", ours));
    }
}
