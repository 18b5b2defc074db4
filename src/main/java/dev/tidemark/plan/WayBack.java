package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** The block of the way back that returns every chunk to the table that comes back. Which chunks there are is asked of the catalog when it runs. */
final class WayBack {
    private WayBack() {}

    /**
     * What the storage of chunks has to say to it.
     *
     * @param chunks lists the hypertable's chunks: {@code SELECT chunk, slice, part, lower, upper} for {@code hypertable}
     * @param removal statements that take {@code piece.part} out of the hypertable {@code target}
     * @param bound an expression for the name of the CHECK that then proves the range
     * @param restoring whether TimescaleDB's restore mode is needed meanwhile
     */
    record Chunks(Sql chunks, Sql removal, Sql bound, boolean restoring) {}

    static Sql block(Subject subject, Chunks chunks) {
        return subject.isHeap() ? WayBackToHeap.block(subject, chunks) : WayBackToPartitions.block(subject, chunks);
    }

    static Sql prologue(boolean restoring) {
        return new Sql(
                """
                    SELECT h.id INTO STRICT hypertable
                      FROM _timescaledb_catalog.hypertable AS h
                      JOIN pg_class AS c ON c.relname = h.table_name
                      JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = h.schema_name
                     WHERE c.oid = target;"""
                        + (restoring ? "\n    PERFORM set_config('timescaledb.restoring', 'on', true);" : ""));
    }

    static Sql epilogue(boolean restoring) {
        return new Sql(restoring ? "    PERFORM set_config('timescaledb.restoring', 'off', true);\n" : "");
    }

    /**
     * Drops of {@code piece} the columns that its hypertable has no longer: before TimescaleDB 2.29.1 dropping a column did not reach attached
     * chunks.
     */
    static Sql dropColumns() {
        return new Sql(
                """
                        FOR other IN
                            SELECT a.attname AS name FROM pg_attribute AS a
                             WHERE a.attrelid = piece.part::regclass AND a.attnum > 0 AND NOT a.attisdropped
                               AND NOT EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = target AND t.attname = a.attname AND NOT t.attisdropped)
                             ORDER BY a.attgenerated = ''
                        LOOP
                            EXECUTE format('ALTER TABLE %s DROP COLUMN %I', piece.part, other.name);
                        END LOOP;
                """);
    }

    /** A hypertable's time column is NOT NULL, and so are its chunks', even where the table's own was not. */
    static Sql dropNotNull(Subject subject) {
        return subject.timeColumn().notNull()
                ? new Sql("")
                : Sql.of(
                        "        EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP NOT NULL', piece.part, %L);\n",
                        subject.timeColumnName());
    }
}
