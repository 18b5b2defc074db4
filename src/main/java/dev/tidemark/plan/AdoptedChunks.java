package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Pieces become chunks by INHERIT and the very catalog rows that TimescaleDB's own restore loads; nothing is read.
 *
 * <p>Works on both editions, needs a superuser, and only on versions whose catalog layout was compared row by row with what TimescaleDB writes
 * itself: {@link #PROVEN}.
 */
final class AdoptedChunks implements ChunkStorage {
    /** Versions on which adopted chunks were compared with TimescaleDB's own. */
    static final List<String> PROVEN = List.of("2.19.3", "2.29.2");

    /** From here on a chunk's slices point at the chunk, and constraints and indexes are found by name instead of by rows. */
    private static final String SLIM_CATALOG_SINCE = "2.29.0";

    private final boolean slimCatalog;

    AdoptedChunks(TimescaleDb timescaledb) {
        this.slimCatalog = timescaledb.isAtLeast(SLIM_CATALOG_SINCE);
    }

    @Override
    public List<Sql> intoChunks(Subject subject) {
        Sql timeColumn = Sql.of("%L", subject.timeColumnName());
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %s;
                    piece record;
                    piece_oid oid;
                    trigger_of record;
                    key record;
                    is_empty boolean;
                    needs_padding boolean;
                    hypertable integer;
                    dimension integer;
                    chunk integer;
                    slice integer;
                BEGIN
                    SELECT h.id, d.id INTO STRICT hypertable, dimension
                      FROM _timescaledb_catalog.hypertable AS h
                      JOIN _timescaledb_catalog.dimension AS d ON d.hypertable_id = h.id
                      JOIN pg_class AS c ON c.relname = h.table_name
                      JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = h.schema_name
                     WHERE c.oid = target;
                    PERFORM set_config('timescaledb.restoring', 'on', true);
                    FOR piece IN SELECT * FROM %s ORDER BY lower
                    LOOP
                        IF piece.future THEN
                            EXECUTE format('SELECT NOT EXISTS (SELECT FROM ONLY %%s)', piece.part) INTO is_empty;
                            CONTINUE WHEN is_empty;
                        END IF;
                        IF piece.attached THEN
                            EXECUTE format('ALTER TABLE %%s DETACH PARTITION %%s', piece.parent, piece.part);
                        END IF;
                %s
                        IF needs_padding THEN
                            EXECUTE format('ALTER TABLE %%s ADD COLUMN tidemark_padding integer', piece.part);
                            EXECUTE format('ALTER TABLE %%s DROP COLUMN tidemark_padding', piece.part);
                        END IF;
                        EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I SET NOT NULL', piece.part, %s);
                        EXECUTE format('ALTER TABLE %%s INHERIT %%s', piece.part, target);
                %s
                        EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %s TO %%I', piece.part, 'constraint_' || slice);
                        -- As in a chunk that an insert makes: columns and CHECKs belong to the hypertable, so that dropping them there drops them here.
                        UPDATE pg_attribute SET attislocal = false
                         WHERE attrelid = piece_oid AND attnum > 0 AND NOT attisdropped AND attinhcount > 0;
                        UPDATE pg_constraint SET conislocal = false
                         WHERE conrelid = piece_oid AND contype IN ('c', 'n') AND coninhcount > 0;
                        FOR trigger_of IN SELECT * FROM %s
                        LOOP
                            CONTINUE WHEN EXISTS (
                                SELECT FROM pg_trigger WHERE tgrelid = piece_oid AND tgname = trigger_of.name);
                            EXECUTE trigger_of.before || piece.part || trigger_of.after;
                            IF trigger_of.state IS NOT NULL THEN
                                EXECUTE format('ALTER TABLE %%s %%s TRIGGER %%I', piece.part, trigger_of.state, trigger_of.name);
                            END IF;
                        END LOOP;
                    END LOOP;
                    PERFORM set_config('timescaledb.restoring', 'off', true);
                END
                $tidemark$""",
                Sql.of("%L::regclass", subject.name().quoted()),
                PieceList.of(subject, subject.retired()),
                PieceRecord.write(subject),
                timeColumn,
                slimCatalog ? slimRows() : fullRows(),
                new Sql(BOUND),
                PieceList.rowTriggers(subject)));
    }

    /** 2.19 to 2.28: one row a constraint and one an index, matched by definition. */
    private static Sql fullRows() {
        Definition target = PieceList.indexTail("ti");
        Definition part = PieceList.indexTail("pi");
        return Sql.of(
                """
                        INSERT INTO _timescaledb_catalog.chunk (hypertable_id, schema_name, table_name, creation_time)
                        SELECT hypertable, n.nspname, c.relname, clock_timestamp()
                          FROM pg_class AS c
                          JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE c.oid = piece_oid
                        RETURNING id INTO chunk;
                        INSERT INTO _timescaledb_catalog.dimension_slice (dimension_id, range_start, range_end)
                        VALUES (dimension, piece.lower, piece.upper)
                        RETURNING id INTO slice;
                        INSERT INTO _timescaledb_catalog.chunk_constraint (chunk_id, dimension_slice_id, constraint_name)
                        VALUES (chunk, slice, 'constraint_' || slice);
                        INSERT INTO _timescaledb_catalog.chunk_constraint (chunk_id, constraint_name, hypertable_constraint_name)
                        SELECT chunk, p.conname, t.conname
                          FROM pg_constraint AS t
                          JOIN pg_constraint AS p ON p.contype = t.contype AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                         WHERE t.conrelid = target AND p.conrelid = piece_oid
                           AND t.contype IN ('p', 'u', 'x', 'f') AND t.conparentid = 0 AND p.conparentid = 0;
                        INSERT INTO _timescaledb_catalog.chunk_index (chunk_id, index_name, hypertable_id, hypertable_index_name)
                        WITH theirs AS MATERIALIZED (
                            SELECT c.relname, ti.indisunique, ti.indisprimary, %s AS tail
                              FROM pg_index AS ti JOIN pg_class AS c ON c.oid = ti.indexrelid WHERE ti.indrelid = target),
                        own AS MATERIALIZED (
                            SELECT c.relname, pi.indisunique, pi.indisprimary, %s AS tail
                              FROM pg_index AS pi JOIN pg_class AS c ON c.oid = pi.indexrelid WHERE pi.indrelid = piece_oid)
                        SELECT DISTINCT ON (theirs.relname) chunk, own.relname, hypertable, theirs.relname
                          FROM theirs
                          JOIN own USING (indisunique, indisprimary, tail)
                         ORDER BY theirs.relname, own.relname;""",
                target, part);
    }

    /** 2.29 and later: constraints and indexes are found by the name {@code <chunk id>_<hypertable's name>}. */
    private static Sql slimRows() {
        return new Sql(
                """
                        INSERT INTO _timescaledb_catalog.chunk (relid, hypertable_id, creation_time)
                        VALUES (piece_oid, hypertable, clock_timestamp())
                        RETURNING id INTO chunk;
                        INSERT INTO _timescaledb_catalog.dimension_slice (chunk_id, dimension_id, range_start, range_end)
                        VALUES (chunk, dimension, piece.lower, piece.upper)
                        RETURNING id INTO slice;
                        FOR key IN
                            SELECT p.conname AS own_name, t.conname AS name, n.nspname
                              FROM pg_constraint AS t
                              JOIN pg_constraint AS p ON p.contype = t.contype AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                              JOIN pg_namespace AS n ON n.oid = p.connamespace
                             WHERE t.conrelid = target AND p.conrelid = piece_oid AND t.contype IN ('p', 'u', 'x')
                        LOOP
                            EXECUTE format('ALTER INDEX %I.%I RENAME TO %I', key.nspname, key.own_name, left(chunk || '_' || key.name, 63));
                        END LOOP;""");
    }

    @Override
    public List<Sql> backFromChunks(Subject subject) {
        return List.of(WayBack.block(
                subject,
                chunks(subject),
                slimCatalog ? SLIM_REMOVAL : FULL_REMOVAL,
                new Sql("'constraint_' || piece.slice"),
                true));
    }

    @Override
    public List<Sql> beforeWayBack(Subject subject) {
        return List.of();
    }

    @Override
    public Sql chunks(Subject subject) {
        return Sql.of(
                "%s JOIN pg_class AS hc ON hc.oid = %L::regclass JOIN pg_namespace AS hn ON hn.oid = hc.relnamespace"
                        + " WHERE h.schema_name = hn.nspname AND h.table_name = hc.relname",
                slimCatalog ? SLIM_CHUNKS : FULL_CHUNKS, subject.name().quoted());
    }

    private static final Sql FULL_CHUNKS = new Sql(
            """
            SELECT ch.id AS chunk, ds.id AS slice, format('%I.%I', ch.schema_name, ch.table_name) AS part,
                                   ds.range_start AS lower, ds.range_end AS upper
                              FROM _timescaledb_catalog.chunk AS ch
                              JOIN _timescaledb_catalog.hypertable AS h ON h.id = ch.hypertable_id
                              JOIN _timescaledb_catalog.chunk_constraint AS cc ON cc.chunk_id = ch.id
                              JOIN _timescaledb_catalog.dimension_slice AS ds ON ds.id = cc.dimension_slice_id""");

    private static final Sql SLIM_CHUNKS = new Sql(
            """
            SELECT ch.id AS chunk, ds.id AS slice, ch.relid::text AS part, ds.range_start AS lower, ds.range_end AS upper
                              FROM _timescaledb_catalog.chunk AS ch
                              JOIN _timescaledb_catalog.hypertable AS h ON h.id = ch.hypertable_id
                              JOIN _timescaledb_catalog.dimension_slice AS ds ON ds.chunk_id = ch.id""");

    private static final Sql FULL_REMOVAL = new Sql(
            """
                    EXECUTE format('ALTER TABLE %s NO INHERIT %s', piece.part, target);
                    DELETE FROM _timescaledb_catalog.chunk_index WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk_constraint WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk WHERE id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.dimension_slice WHERE id = piece.slice;""");

    private static final Sql SLIM_REMOVAL = new Sql(
            """
                    EXECUTE format('ALTER TABLE %s NO INHERIT %s', piece.part, target);
                    DELETE FROM _timescaledb_catalog.dimension_slice WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk WHERE id = piece.chunk;""");
}
