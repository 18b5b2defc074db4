package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * Chunks that become partitions as they are, with names like those of the partitions that come after them; and how they get back the names they had.
 *
 * <p>The journal remembers the name and the names of the indexes that each had as a chunk.
 */
final class FormerChunks {
    private static final String LOWEST = "'-9223372036854775808'::bigint";
    private static final String HIGHEST = "9223372036854775807";

    private final CopySubject subject;
    private final ChunkStorage storage;
    private final PartitionGrid grid;
    private final TimeType type;

    FormerChunks(CopySubject subject, ChunkStorage storage) {
        this.subject = subject;
        this.storage = storage;
        this.grid = new PartitionGrid(subject);
        this.type = subject.subject().timeType();
    }

    /** Takes all chunks out of the hypertable, which has its name still, and writes them down. */
    Sql takeOut() {
        WayBack.Chunks chunks = storage.leaving(subject.subject());
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    piece record;
                    other record;
                    hypertable integer;
                BEGIN
                %s
                    FOR piece IN SELECT * FROM (%s) AS c ORDER BY c.lower
                    LOOP
                        -- The partitioned table gives its partitions triggers of the same names.
                        FOR other IN
                            SELECT t.tgname AS name FROM pg_trigger AS t
                             WHERE t.tgrelid = piece.part::regclass AND NOT t.tgisinternal
                               AND EXISTS (SELECT FROM pg_trigger AS r WHERE r.tgrelid = target AND r.tgname = t.tgname AND r.tgtype & 1 = 1)
                        LOOP
                            EXECUTE format('DROP TRIGGER %%I ON %%s', other.name, piece.part);
                        END LOOP;
                %s
                        IF %s <> %L THEN
                            EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', piece.part, %s, %L);
                        END IF;
                        INSERT INTO %s (run, target, relation, lower_text, upper_text, attached, keys)
                        VALUES (%s, %L, piece.part, CASE piece.lower WHEN %s THEN 'MINVALUE' ELSE %s END, CASE piece.upper WHEN %s THEN 'MAXVALUE' ELSE %s END, true, '{}');
                    END LOOP;
                %sEND
                $tidemark$""",
                subject.name().quoted(),
                WayBack.prologue(chunks.restoring()),
                chunks.chunks(),
                chunks.removal(),
                chunks.bound(),
                ChunkStorage.BOUND,
                chunks.bound(),
                ChunkStorage.BOUND,
                subject.subject().journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                new Sql(LOWEST),
                type.textOfPosition(new Sql("piece.lower")),
                new Sql(HIGHEST),
                type.textOfPosition(new Sql("piece.upper")),
                WayBack.epilogue(chunks.restoring()));
    }

    /** Makes them partitions of the table that has got the name; their CHECKs save them from being read, and their indexes are taken over. */
    Sql attach() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    step CONSTANT interval := %L;
                    piece record;
                    other record;
                    beginning timestamp;
                    part text;
                    called text;
                    former jsonb;
                BEGIN
                    FOR piece IN
                        SELECT v.relation, v.lower_text, v.upper_text FROM %s AS v WHERE v.run = %s AND v.target = %L
                         ORDER BY CASE v.lower_text WHEN 'MINVALUE' THEN %s ELSE %s END
                    LOOP
                        -- One without a beginning is called after its end.
                        beginning := CASE WHEN piece.lower_text <> 'MINVALUE' THEN %s WHEN piece.upper_text <> 'MAXVALUE' THEN %s - step ELSE %s END;
                        part := %s;
                        IF (parse_ident(piece.relation))[1] <> %L THEN
                            EXECUTE format('ALTER TABLE %%s SET SCHEMA %%I', piece.relation, %L);
                        END IF;
                        EXECUTE format('ALTER TABLE %%I.%%I RENAME TO %%I', %L, (parse_ident(piece.relation))[2], part);
                        called := format('%%I.%%I', %L, part);
                        FOR other IN
                            SELECT p.conname AS own_name, t.conname AS key_name
                              FROM pg_constraint AS t
                              JOIN pg_constraint AS p ON p.contype = t.contype AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                             WHERE t.conrelid = whole AND p.conrelid = called::regclass AND t.contype = 'f' AND t.conname <> p.conname
                               AND t.conparentid = 0 AND p.conparentid = 0
                               AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conrelid = p.conrelid AND o.conname = t.conname)
                        LOOP
                            EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', called, other.own_name, other.key_name);
                        END LOOP;
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (%%s) TO (%%s)', whole, called,
                            CASE piece.lower_text WHEN 'MINVALUE' THEN 'MINVALUE' ELSE quote_literal(piece.lower_text) END,
                            CASE piece.upper_text WHEN 'MAXVALUE' THEN 'MAXVALUE' ELSE quote_literal(piece.upper_text) END);
                        former := '{}';
                        FOR other IN
                            SELECT pc.relname AS own_name, left(part || '_' || tc.relname, 63) AS new_name
                              FROM pg_index AS pi
                              JOIN pg_class AS pc ON pc.oid = pi.indexrelid
                              JOIN pg_inherits AS h ON h.inhrelid = pi.indexrelid
                              JOIN pg_class AS tc ON tc.oid = h.inhparent
                             WHERE pi.indrelid = called::regclass
                        LOOP
                            CONTINUE WHEN to_regclass(format('%%I.%%I', %L, other.new_name)) IS NOT NULL;
                            EXECUTE format('ALTER INDEX %%I.%%I RENAME TO %%I', %L, other.own_name, other.new_name);
                            former := former || jsonb_build_object(other.new_name, other.own_name);
                        END LOOP;
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', called, %L);
                        UPDATE %s AS v SET relation = called, parent = piece.relation, keys = former WHERE v.run = %s AND v.relation = piece.relation;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(),
                subject.subject().chunkInterval().toString(),
                subject.subject().journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                new Sql(LOWEST),
                type.positionOf(Sql.of("v.lower_text::%s", type.cast())),
                grid.local(Sql.of("piece.lower_text::%s", type.cast()).text()),
                grid.local(Sql.of("piece.upper_text::%s", type.cast()).text()),
                grid.now(),
                grid.name(),
                schema(),
                schema(),
                schema(),
                schema(),
                schema(),
                schema(),
                ChunkStorage.BOUND,
                subject.subject().journalTable("piece"),
                PieceRecord.RUN);
    }

    /** On the way back: those that were chunks before get the names that they had, while they are partitions still. */
    Sql nameBack() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    other record;
                    place text[];
                BEGIN
                    FOR piece IN
                        SELECT c.oid, c.relname AS name, n.nspname AS schema, v.parent, v.keys
                          FROM %s AS v
                          JOIN pg_class AS c ON c.oid = to_regclass(v.relation)
                          JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE v.run = %s AND v.target = %L
                    LOOP
                        place := parse_ident(piece.parent);
                        -- Where TimescaleDB made them, an owner who is no superuser may make nothing.
                        IF to_regclass(piece.parent) IS NOT NULL OR to_regclass(format('%%I.%%I', piece.schema, place[2])) IS NOT NULL
                           OR NOT coalesce(has_schema_privilege(to_regnamespace(quote_ident(place[1])), 'CREATE'), false) THEN
                            UPDATE %s AS o SET identity = format('%%I.%%I', piece.schema, piece.name) WHERE o.run = %s AND o.kind = %L AND o.identity = piece.parent;
                            CONTINUE;
                        END IF;
                        FOR other IN SELECT key AS name, value AS old_name FROM jsonb_each_text(piece.keys)
                        LOOP
                            CONTINUE WHEN NOT EXISTS (SELECT FROM pg_index WHERE indrelid = piece.oid AND indexrelid = to_regclass(format('%%I.%%I', piece.schema, other.name)))
                                       OR to_regclass(format('%%I.%%I', piece.schema, other.old_name)) IS NOT NULL;
                            EXECUTE format('ALTER INDEX %%I.%%I RENAME TO %%I', piece.schema, other.name, other.old_name);
                        END LOOP;
                        EXECUTE format('ALTER TABLE %%I.%%I RENAME TO %%I', piece.schema, piece.name, place[2]);
                        IF piece.schema <> place[1] THEN
                            EXECUTE format('ALTER TABLE %%I.%%I SET SCHEMA %%I', piece.schema, place[2], place[1]);
                        END IF;
                    END LOOP;
                    DELETE FROM %s WHERE run = %s AND target = %L;
                END
                $tidemark$""",
                subject.subject().journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                Decompression.DECOMPRESSED,
                subject.subject().journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted());
    }

    private String schema() {
        return subject.name().schema();
    }
}
