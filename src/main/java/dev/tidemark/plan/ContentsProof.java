package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.sql.Sql;

/**
 * The long proof, for {@code verify="contents"}: every row of every chunk, read through the table's name and from the storage itself in one
 * statement each, so that one snapshot serves both and writers need not stop. Resumes after the last chunk proved.
 */
final class ContentsProof {
    private static final String KIND = "contents read by name";

    private ContentsProof() {}

    /** Proves chunk by chunk; {@code chunks} lists what the table consists of. */
    static Sql prove(Subject subject, Sql chunks) {
        TimeType type = subject.timeType();
        Sql row = Sql.join(
                ", ",
                subject.table().columns().stream()
                        .map(Column::name)
                        .map(c -> Sql.of("r.%I", c))
                        .toList());
        Sql hashed = new Sql(RowHash.of("ROW(%1$s)"));
        String hash = Sql.of(
                        "SELECT (%s), (%s)",
                        RowHash.summary(hashed, new Sql("ONLY %2$s AS r")),
                        RowHash.summary(hashed, new Sql("%3$s AS r WHERE %4$s")))
                .text();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    stored text;
                    by_name text;
                    conditions text;
                BEGIN
                    FOR piece IN
                        SELECT c.* FROM (%s) AS c
                         WHERE NOT EXISTS (SELECT FROM %s AS p WHERE p.run = %s AND p.kind = %L AND p.subject = c.part)
                         ORDER BY c.lower
                    LOOP
                        conditions := concat_ws(' AND ', 'true',
                            CASE WHEN piece.lower > '-9223372036854775808'::bigint THEN format('r.%%I >= %%L::%s', %L, %s) END,
                            CASE WHEN piece.upper < 9223372036854775807 THEN format('r.%%I < %%L::%s', %L, %s) END);
                        EXECUTE format(%L, %L, piece.part, %L, conditions) INTO stored, by_name;
                        IF stored <> by_name THEN
                            RAISE EXCEPTION 'proof failed: %% holds %%, read by name it is %%', piece.part, stored, by_name USING ERRCODE = 'TM500';
                        END IF;
                        INSERT INTO %s (run, kind, subject, before, after) VALUES (%s, %L, piece.part, stored, by_name);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                chunks,
                subject.journalTable("proof"),
                PieceRecord.RUN,
                KIND,
                type.cast(),
                subject.timeColumnName(),
                type.textOfPosition(new Sql("piece.lower")),
                type.cast(),
                subject.timeColumnName(),
                type.textOfPosition(new Sql("piece.upper")),
                hash,
                row.text(),
                subject.name().quoted(),
                subject.journalTable("proof"),
                PieceRecord.RUN,
                KIND);
    }
}
