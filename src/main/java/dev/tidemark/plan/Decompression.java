package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;

/** Compressed chunks on their way to partitions: they are decompressed one by one beside the application, and compressed again on the way back. */
final class Decompression {
    /** The kind of object that the journal remembers them as, under the name that they have as a chunk. */
    static final String DECOMPRESSED = "decompressed chunk";

    private final Subject subject;
    private final TimescaleDb timescaledb;

    Decompression(Subject subject, TimescaleDb timescaledb) {
        this.subject = subject;
        this.timescaledb = timescaledb;
    }

    /** Commits chunk by chunk; repeated, it goes on, also with what somebody has compressed since. */
    Sql decompress() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    compressed record;
                BEGIN
                    FOR compressed IN
                        SELECT format('%%I.%%I', chunk_schema, chunk_name) AS part
                          FROM timescaledb_information.chunks
                         WHERE hypertable_schema = %L AND hypertable_name = %L AND is_compressed
                         ORDER BY range_start, range_start_integer
                    LOOP
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, compressed.part, %L) ON CONFLICT DO NOTHING;
                        PERFORM %I.decompress_chunk(compressed.part::regclass);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().schema(),
                subject.name().name(),
                subject.journalTable("object"),
                PieceRecord.RUN,
                DECOMPRESSED,
                "of " + subject.name() + ", compressed again on the way back",
                timescaledb.schema());
    }

    /** Those that are chunks of the hypertable again. */
    Sql compress() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    chunk text;
                BEGIN
                    FOR chunk IN
                        SELECT o.identity FROM %s AS o
                          JOIN timescaledb_information.chunks AS c ON format('%%I.%%I', c.chunk_schema, c.chunk_name)::regclass = to_regclass(o.identity)
                         WHERE o.run = %s AND o.kind = %L AND c.hypertable_schema = %L AND c.hypertable_name = %L AND NOT c.is_compressed
                         ORDER BY 1
                    LOOP
                        PERFORM %I.compress_chunk(chunk::regclass);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                subject.journalTable("object"),
                PieceRecord.RUN,
                DECOMPRESSED,
                subject.name().schema(),
                subject.name().name(),
                timescaledb.schema());
    }
}
