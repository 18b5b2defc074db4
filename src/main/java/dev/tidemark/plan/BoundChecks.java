package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/** Proves each piece's range by a CHECK constraint that is validated while writers go on. */
final class BoundChecks {
    private BoundChecks() {}

    /**
     * Adds the constraint NOT VALID (an instant under ACCESS EXCLUSIVE) and validates it (SHARE UPDATE EXCLUSIVE, readers and writers go on),
     * piece by piece; a piece that has it is skipped.
     */
    static Sql add(Subject subject) {
        TableName top = subject.name();
        TimeType type = subject.timeType();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    conditions text[];
                    %s
                BEGIN
                    FOR piece IN
                        SELECT v.*, (SELECT convalidated FROM pg_constraint
                                      WHERE conrelid = v.part::regclass AND conname = %L) AS validated
                          FROM %s
                         %s
                    LOOP
                        CONTINUE WHEN piece.validated;
                        IF piece.validated IS NULL THEN
                            conditions := ARRAY[]::text[];
                            IF %s THEN
                                conditions := conditions || format('%%I IS NOT NULL', %L);
                            END IF;
                            IF piece.lower > '-9223372036854775808'::bigint THEN
                                conditions := conditions || format('%%I >= %%L::%s', %L, %s);
                            END IF;
                            IF piece.upper < 9223372036854775807 THEN
                                conditions := conditions || format('%%I < %%L::%s', %L, %s);
                            END IF;
                            %s
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s) NOT VALID', piece.part,
                                           coalesce(nullif(array_to_string(conditions, ' AND '), ''), 'true'));
                            %s
                        END IF;
                        EXECUTE format('ALTER TABLE %%s VALIDATE CONSTRAINT %s', piece.part);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                PartByPart.VARIABLE,
                ChunkStorage.BOUND,
                PieceList.of(subject, top),
                PartByPart.ORDER,
                !subject.timeColumn().notNull(),
                subject.timeColumnName(),
                type.cast(),
                subject.timeColumnName(),
                type.textOfPosition(new Sql("piece.lower")),
                type.cast(),
                subject.timeColumnName(),
                type.textOfPosition(new Sql("piece.upper")),
                PartByPart.ASK,
                new Sql(ChunkStorage.BOUND),
                PartByPart.COMMIT,
                new Sql(ChunkStorage.BOUND));
    }

    /** Drops whatever is left of it. */
    static Sql drop(Subject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    %s
                BEGIN
                    FOR piece IN
                        SELECT v.part FROM %s
                         WHERE EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(v.part) AND conname = %L)
                         %s
                    LOOP
                        %s
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %s', piece.part);
                        %s
                    END LOOP;
                END
                $tidemark$""",
                PartByPart.VARIABLE,
                PieceList.of(subject, subject.name()),
                ChunkStorage.BOUND,
                PartByPart.ORDER,
                PartByPart.ASK,
                new Sql(ChunkStorage.BOUND),
                PartByPart.COMMIT);
    }
}
