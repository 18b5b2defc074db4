package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * Back to a plain table: the chunk that it was becomes a table by itself again, and the rows of chunks made since are copied into it. Where somebody
 * has dropped that chunk with all its rows, a new table takes its place, made like the hypertable.
 */
final class WayBackToHeap {
    private WayBackToHeap() {}

    static Sql block(Subject subject, WayBack.Chunks chunks) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    heap CONSTANT text := %L;
                    piece record;
                    other record;
                    hypertable integer;
                    held bigint;
                    moved bigint;
                    -- As they are now: a column that came after the cutover is one of the rows' too.
                    columns CONSTANT text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                                               WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
                    switched text[] := '{}';
                BEGIN
                %s
                    IF to_regclass(heap) IS NULL THEN
                        EXECUTE format('CREATE %%sTABLE %%s (LIKE %%s INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)',
                            CASE (SELECT relpersistence FROM pg_class WHERE oid = target) WHEN 'u' THEN 'UNLOGGED ' END, heap, target);
                    END IF;
                    FOR piece IN
                        SELECT * FROM (%s) AS c ORDER BY to_regclass(c.part) = heap::regclass DESC, c.lower
                    LOOP
                %s
                        IF to_regclass(piece.part) = heap::regclass THEN
                            EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', piece.part, %s);
                %s%s            -- They fired when the rows were written; a row that only returns must not fire them again.
                            FOR other IN
                                SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = heap::regclass AND NOT tgisinternal AND tgenabled <> 'D'
                            LOOP
                                EXECUTE format('ALTER TABLE %%s DISABLE TRIGGER %%I', heap, other.tgname);
                                switched := switched || format('ALTER TABLE %%s %%s TRIGGER %%I', heap,
                                    CASE other.tgenabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, other.tgname);
                            END LOOP;
                        ELSE
                            EXECUTE format('SELECT count(*) FROM ONLY %%s', piece.part) INTO held;
                            EXECUTE format('INSERT INTO %%s (%%s) OVERRIDING SYSTEM VALUE SELECT %%2$s FROM ONLY %%3$s', heap, columns, piece.part);
                            GET DIAGNOSTICS moved = ROW_COUNT;
                            INSERT INTO %s (run, kind, subject, before, after) VALUES (%s, %L, piece.part, held || ' rows', moved || ' rows');
                            EXECUTE format('DROP TABLE %%s', piece.part);
                        END IF;
                    END LOOP;
                    IF switched <> '{}' THEN
                        SET CONSTRAINTS ALL IMMEDIATE;
                        EXECUTE array_to_string(switched, '; ');
                    END IF;
                %sEND
                $tidemark$""",
                subject.name().quoted(),
                subject.retired().quoted(),
                WayBack.prologue(chunks.restoring()),
                chunks.chunks(),
                chunks.removal(),
                chunks.bound(),
                WayBack.dropColumns(),
                WayBack.dropNotNull(subject),
                subject.journalTable("proof"),
                PieceRecord.RUN,
                StorageProof.WAY_BACK + "rows moved",
                WayBack.epilogue(chunks.restoring()));
    }
}
