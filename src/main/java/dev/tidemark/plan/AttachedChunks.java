package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Pieces become chunks by TimescaleDB's {@code attach_chunk}, and leave by {@code detach_chunk}. Community edition from 2.21 on.
 *
 * <p>attach_chunk reads each piece once, whatever CHECK it has, so the window grows with the bytes. Our own CHECK stays on the chunk until
 * finalize: with it the way back reads nothing.
 */
final class AttachedChunks implements ChunkStorage {
    /** The first version that has attach_chunk. */
    static final String SINCE = "2.21.0";
    /** From here on a foreign key of the piece is taken over when its name is the hypertable's; before, a second one was always made. */
    private static final String REUSES_FOREIGN_KEYS_SINCE = "2.28.0";

    private final TimescaleDb timescaledb;

    private final boolean superuser;

    /** @param superuser whether CHECKs of chunks can be validated beside the application, for which TimescaleDB wants its restore mode */
    AttachedChunks(TimescaleDb timescaledb, boolean superuser) {
        this.timescaledb = timescaledb;
        this.superuser = superuser;
    }

    @Override
    public List<Sql> intoChunks(Subject subject) {
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    piece record;
                    key record;
                %s
                    chunk integer;
                BEGIN
                    FOR piece IN SELECT * FROM %s ORDER BY lower
                    LOOP
                %s
                %s        CALL %I.attach_chunk(target, piece.part::regclass, jsonb_build_object(%L, jsonb_build_array(%s, %s)));
                        chunk := _timescaledb_functions.chunk_id_from_relid(piece.part::regclass);
                        -- Dropping or renaming a key of the hypertable looks for this name on the chunk.
                        FOR key IN
                            SELECT index_names ->> t.conname AS own_name, t.conname AS name, n.nspname
                              FROM pg_constraint AS t
                              JOIN pg_class AS c ON c.oid = piece.part::regclass
                              JOIN pg_namespace AS n ON n.oid = c.relnamespace
                             WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x')
                               AND index_names ->> t.conname <> left(chunk || '_' || t.conname, 63)
                        LOOP
                            EXECUTE format('ALTER INDEX %%I.%%I RENAME TO %%I', key.nspname, key.own_name, left(chunk || '_' || key.name, 63));
                        END LOOP;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(),
                PieceRecord.variables(),
                PieceList.of(subject, subject.retired()),
                PieceRecord.takeOut(subject),
                timescaledb.isAtLeast(REUSES_FOREIGN_KEYS_SINCE) ? new Sql("") : dropForeignKeys(),
                timescaledb.schema(),
                subject.timeColumnName(),
                slice(subject, "lower"),
                slice(subject, "upper")));
    }

    private static Sql dropForeignKeys() {
        return new Sql(
                """
                        FOR key IN SELECT conname FROM pg_constraint WHERE conrelid = piece.part::regclass AND contype = 'f' AND conparentid = 0
                        LOOP
                            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', piece.part, key.conname);
                        END LOOP;
                """);
    }

    /** attach_chunk takes numbers for integers, text for everything else. */
    private static Sql slice(Subject subject, String end) {
        Sql position = new Sql("piece." + end);
        long infinite = end.equals("lower") ? Bound.MINVALUE.position() : Bound.MAXVALUE.position();
        if (subject.timeType().isInteger()) {
            return position;
        }
        return Sql.of(
                "CASE %s WHEN %s THEN %L ELSE %s END",
                position,
                end.equals("lower") ? new Sql("'" + infinite + "'::bigint") : Sql.of("%s", infinite),
                end.equals("lower") ? "-infinity" : "infinity",
                subject.timeType().textOfPosition(position));
    }

    @Override
    public boolean addsForeignKeys() {
        return true;
    }

    @Override
    public WayBack.Chunks leaving(Subject subject) {
        return new WayBack.Chunks(
                chunks(subject),
                Sql.of("%s        CALL %I.detach_chunk(piece.part::regclass);", reorderingKept(), timescaledb.schema()),
                Sql.of("%L", BOUND),
                false);
    }

    /** Together with a chunk that a reorder policy has been at, detach_chunk deletes the policy (chunk_stats.c, 2.21 to 2.29). Nobody else may write there. */
    private Sql reorderingKept() {
        return new Sql(
                superuser
                        ? "        DELETE FROM _timescaledb_internal.bgw_policy_chunk_stats WHERE chunk_id = piece.chunk;\n"
                        : "");
    }

    @Override
    public List<Sql> beforeWayBack(Subject subject) {
        TimeType type = subject.timeType();
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    condition text;
                    %s
                BEGIN
                    FOR piece IN
                        SELECT * FROM (%s) AS c
                         WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(c.part) AND conname = %L)
                         %s
                    LOOP
                        condition := format('%%1$I >= %%2$L AND %%1$I < %%3$L', %L, %s, %s);
                        %s
                        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s)', piece.part, condition);
                        %s
                    END LOOP;
                END
                $tidemark$""",
                PartByPart.VARIABLE,
                chunks(subject),
                BOUND,
                PartByPart.ORDER,
                subject.timeColumnName(),
                type.textOfPosition(new Sql("piece.lower")),
                type.textOfPosition(new Sql("piece.upper")),
                PartByPart.ASK,
                new Sql(BOUND),
                PartByPart.COMMIT));
    }

    @Override
    public List<Sql> beforeLeaving(Subject subject) {
        TimeType type = subject.timeType();
        return !superuser
                ? beforeWayBack(subject)
                : List.of(Sql.of(
                        """
                        DO $tidemark$
                        DECLARE
                            piece record;
                            condition text;
                            %s
                        BEGIN
                            FOR piece IN
                                SELECT c.*, (SELECT k.convalidated FROM pg_constraint AS k WHERE k.conrelid = to_regclass(c.part) AND k.conname = %L) AS validated
                                  FROM (%s) AS c
                                 %s
                            LOOP
                                CONTINUE WHEN piece.validated;
                                IF piece.validated IS NULL THEN
                                    condition := format('%%1$I >= %%2$L AND %%1$I < %%3$L', %L, %s, %s);
                                    %s
                                    EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s) NOT VALID', piece.part, condition);
                                    %s
                                END IF;
                                PERFORM set_config('timescaledb.restoring', 'on', true);
                                EXECUTE format('ALTER TABLE %%s VALIDATE CONSTRAINT %s', piece.part);
                                COMMIT;
                            END LOOP;
                        END
                        $tidemark$""",
                        PartByPart.VARIABLE,
                        BOUND,
                        chunks(subject),
                        PartByPart.ORDER,
                        subject.timeColumnName(),
                        type.textOfPosition(new Sql("piece.lower")),
                        type.textOfPosition(new Sql("piece.upper")),
                        PartByPart.ASK,
                        new Sql(BOUND),
                        PartByPart.COMMIT,
                        new Sql(BOUND)));
    }

    @Override
    public List<Sql> withoutProof(Subject subject) {
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    %s
                BEGIN
                    FOR piece IN
                        SELECT c.part FROM (%s) AS c
                         WHERE EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(c.part) AND conname = %L)
                         %s
                    LOOP
                        %s
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %s', piece.part);
                        %s
                    END LOOP;
                END
                $tidemark$""",
                PartByPart.VARIABLE,
                chunks(subject),
                BOUND,
                PartByPart.ORDER,
                PartByPart.ASK,
                new Sql(BOUND),
                PartByPart.COMMIT));
    }

    @Override
    public List<String> versions() {
        return List.of();
    }

    @Override
    public Sql chunks(Subject subject) {
        return Sql.of(
                """
                SELECT _timescaledb_functions.chunk_id_from_relid(format('%%I.%%I', i.chunk_schema, i.chunk_name)::regclass) AS chunk, 0 AS slice,
                                   format('%%I.%%I', i.chunk_schema, i.chunk_name) AS part,
                                   coalesce(i.range_start_integer, CASE WHEN isfinite(i.range_start) THEN %s ELSE '-9223372036854775808'::bigint END) AS lower,
                                   coalesce(i.range_end_integer, CASE WHEN isfinite(i.range_end) THEN %s ELSE 9223372036854775807 END) AS upper
                              FROM timescaledb_information.chunks AS i
                             WHERE i.hypertable_schema = %L AND i.hypertable_name = %L""",
                TimeType.TIMESTAMPTZ.positionOf(new Sql("i.range_start")),
                TimeType.TIMESTAMPTZ.positionOf(new Sql("i.range_end")),
                subject.name().schema(),
                subject.name().name());
    }
}
