package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
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
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %s;
                    piece record;
                    trigger_of record;
                    key record;
                %s
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
                %s
                        EXECUTE format('ALTER TABLE %%s INHERIT %%s', piece.part, target);
                %s
                        EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %s TO %%I', piece.part, 'constraint_' || slice);
                        -- As in a chunk that an insert makes: columns and CHECKs belong to the hypertable, so that dropping them there drops them here.
                        UPDATE pg_attribute SET attislocal = false
                         WHERE attrelid = piece.part::regclass AND attnum > 0 AND NOT attisdropped AND attinhcount > 0;
                        UPDATE pg_constraint SET conislocal = false
                         WHERE conrelid = piece.part::regclass AND contype IN ('c', 'n') AND coninhcount > 0;
                        FOR trigger_of IN SELECT * FROM %s
                        LOOP
                            CONTINUE WHEN EXISTS (
                                SELECT FROM pg_trigger WHERE tgrelid = piece.part::regclass AND tgname = trigger_of.name);
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
                PieceRecord.variables(),
                PieceList.of(subject, subject.retired()),
                PieceRecord.takeOut(subject),
                slimCatalog ? slimRows() : fullRows(),
                new Sql(BOUND),
                subject.isHypertable() ? PieceList.presentRowTriggers() : PieceList.rowTriggers(subject)));
    }

    /** 2.19 to 2.28: one row a constraint and one an index, matched by definition. */
    private static Sql fullRows() {
        return new Sql(
                """
                        INSERT INTO _timescaledb_catalog.chunk (hypertable_id, schema_name, table_name, creation_time)
                        SELECT hypertable, n.nspname, c.relname, clock_timestamp()
                          FROM pg_class AS c
                          JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE c.oid = piece.part::regclass
                        RETURNING id INTO chunk;
                        INSERT INTO _timescaledb_catalog.dimension_slice (dimension_id, range_start, range_end)
                        VALUES (dimension, piece.lower, piece.upper)
                        RETURNING id INTO slice;
                        INSERT INTO _timescaledb_catalog.chunk_constraint (chunk_id, dimension_slice_id, constraint_name)
                        VALUES (chunk, slice, 'constraint_' || slice);
                        INSERT INTO _timescaledb_catalog.chunk_constraint (chunk_id, constraint_name, hypertable_constraint_name)
                        SELECT chunk, index_names ->> t.conname, t.conname
                          FROM pg_constraint AS t
                         WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x')
                        UNION ALL
                        SELECT chunk, p.conname, t.conname
                          FROM pg_constraint AS t
                          JOIN pg_constraint AS p ON p.contype = 'f' AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                         WHERE t.conrelid = target AND p.conrelid = piece.part::regclass
                           AND t.contype = 'f' AND t.conparentid = 0 AND p.conparentid = 0;
                        INSERT INTO _timescaledb_catalog.chunk_index (chunk_id, index_name, hypertable_id, hypertable_index_name)
                        SELECT chunk, n.value, hypertable, n.key FROM jsonb_each_text(index_names) AS n;""");
    }

    /** 2.29 and later: constraints and indexes are found by the name {@code <chunk id>_<hypertable's name>}. */
    private static Sql slimRows() {
        return new Sql(
                """
                        INSERT INTO _timescaledb_catalog.chunk (relid, hypertable_id, creation_time)
                        VALUES (piece.part::regclass, hypertable, clock_timestamp())
                        RETURNING id INTO chunk;
                        INSERT INTO _timescaledb_catalog.dimension_slice (chunk_id, dimension_id, range_start, range_end)
                        VALUES (chunk, dimension, piece.lower, piece.upper)
                        RETURNING id INTO slice;
                        FOR key IN
                            SELECT index_names ->> t.conname AS own_name, t.conname AS name, n.nspname
                              FROM pg_constraint AS t
                              JOIN pg_class AS c ON c.oid = piece.part::regclass
                              JOIN pg_namespace AS n ON n.oid = c.relnamespace
                             WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x')
                        LOOP
                            EXECUTE format('ALTER INDEX %I.%I RENAME TO %I', key.nspname, key.own_name, left(chunk || '_' || key.name, 63));
                        END LOOP;""");
    }

    @Override
    public boolean addsForeignKeys() {
        return false;
    }

    @Override
    public WayBack.Chunks leaving(Subject subject) {
        return new WayBack.Chunks(
                chunks(subject),
                slimCatalog ? SLIM_REMOVAL : FULL_REMOVAL,
                new Sql("'constraint_' || piece.slice"),
                true);
    }

    /**
     * Of the table as a whole only: in restore mode, which takes a superuser as adopting does, TimescaleDB does not go on to analyze every chunk,
     * whose statistics are as good as they were. 0.6 s instead of 4.5 s for the seed's tables.
     */
    @Override
    public Sql analyze(Subject subject) {
        return Sql.of("SET LOCAL timescaledb.restoring = on;\nANALYZE %I", subject.name());
    }

    @Override
    public List<Sql> beforeWayBack(Subject subject) {
        return List.of();
    }

    @Override
    public List<Sql> withoutProof(Subject subject) {
        return List.of();
    }

    @Override
    public List<String> versions() {
        return PROVEN.stream()
                .filter(v ->
                        new TimescaleDb(v, "", TimescaleDb.Edition.APACHE).isAtLeast(SLIM_CATALOG_SINCE) == slimCatalog)
                .toList();
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
                    DELETE FROM _timescaledb_catalog.chunk_column_stats WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk WHERE id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.dimension_slice WHERE id = piece.slice;""");

    private static final Sql SLIM_REMOVAL = new Sql(
            """
                    EXECUTE format('ALTER TABLE %s NO INHERIT %s', piece.part, target);
                    DELETE FROM _timescaledb_catalog.dimension_slice WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk_column_stats WHERE chunk_id = piece.chunk;
                    DELETE FROM _timescaledb_catalog.chunk WHERE id = piece.chunk;""");
}
