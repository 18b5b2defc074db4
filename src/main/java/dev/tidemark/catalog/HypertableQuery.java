package dev.tidemark.catalog;

import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Range;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Hypertables, through TimescaleDB's own views: the catalog below them changes from version to version, they have not from 2.19 to 2.29. */
final class HypertableQuery {
    /** The first dimension, and how many there are. */
    record Dimension(String timeColumn, int dimensions, String chunkInterval) {}

    /** What the catalog of PostgreSQL does not know about a chunk. */
    record Chunk(TableName name, Range range, boolean compressed) {}

    private HypertableQuery() {}

    private static final String DIMENSION =
            """
            SELECT d.column_name::text AS "timeColumn",
                   (SELECT count(*)::int FROM timescaledb_information.dimensions a
                     WHERE a.hypertable_schema = d.hypertable_schema AND a.hypertable_name = d.hypertable_name) AS dimensions,
                   coalesce(d.time_interval::text, d.integer_interval::text, '') AS "chunkInterval"
              FROM timescaledb_information.dimensions d
             WHERE d.hypertable_schema = ?::text
               AND d.hypertable_name = ?::text
               AND d.dimension_number = 1
            """;

    static Dimension dimension(Session session, TableName table) {
        return session.first(
                        DIMENSION,
                        row -> new Dimension(
                                row.getString("timeColumn"), row.getInt("dimensions"), row.getString("chunkInterval")),
                        table.schema(),
                        table.name())
                .orElseThrow();
    }

    /** The views give every time as timestamptz; the text is that of the column's own type. */
    private static final String CHUNKS =
            """
            SELECT c.chunk_schema::text AS schema,
                   c.chunk_name::text   AS name,
                   coalesce(c.range_start_integer::text,
                            CASE c.primary_dimension_type WHEN 'date'::regtype THEN c.range_start::date::text
                              WHEN 'timestamp'::regtype THEN c.range_start::timestamp::text ELSE c.range_start::text END) AS lower,
                   coalesce(c.range_end_integer::text,
                            CASE c.primary_dimension_type WHEN 'date'::regtype THEN c.range_end::date::text
                              WHEN 'timestamp'::regtype THEN c.range_end::timestamp::text ELSE c.range_end::text END) AS upper,
                   c.is_compressed      AS compressed
              FROM timescaledb_information.chunks c
             WHERE c.hypertable_schema = ?::text
               AND c.hypertable_name = ?::text
            """;

    static Map<TableName, Chunk> chunks(Session session, TableName table) {
        return session.query(CHUNKS, HypertableQuery::chunk, table.schema(), table.name()).stream()
                .collect(Collectors.toMap(Chunk::name, c -> c));
    }

    private static Chunk chunk(ResultSet row) throws SQLException {
        return new Chunk(
                new TableName(row.getString("schema"), row.getString("name")),
                Bounds.range(row.getString("lower"), row.getString("upper")),
                row.getBoolean("compressed"));
    }

    private static final String JOBS =
            """
            SELECT j.application_name || ': ' || coalesce(j.config::text, '') AS job
              FROM timescaledb_information.jobs j
             WHERE j.hypertable_schema = ?::text
               AND j.hypertable_name = ?::text
             ORDER BY j.job_id
            """;

    static List<String> jobs(Session session, TableName table) {
        return session.query(JOBS, row -> row.getString("job"), table.schema(), table.name());
    }

    private static final String AGGREGATES =
            """
            SELECT a.view_schema::text AS schema, a.view_name::text AS name
              FROM timescaledb_information.continuous_aggregates a
             WHERE a.hypertable_schema = ?::text
               AND a.hypertable_name = ?::text
             ORDER BY 1, 2
            """;

    static List<TableName> aggregates(Session session, TableName table) {
        return session.query(
                AGGREGATES,
                row -> new TableName(row.getString("schema"), row.getString("name")),
                table.schema(),
                table.name());
    }

    /** The view that TimescaleDB's own function for it asks; the extension's schema need not be on the path. */
    private static final String COMPRESSION =
            """
            SELECT coalesce(sum(s.compressed_heap_size + s.compressed_toast_size + s.compressed_index_size), 0)::bigint AS bytes,
                   coalesce(sum(s.uncompressed_heap_size + s.uncompressed_toast_size + s.uncompressed_index_size), 0)::bigint AS "uncompressedBytes"
              FROM timescaledb_information.chunks c
              JOIN _timescaledb_catalog.compression_chunk_size s
                ON s.chunk_id = _timescaledb_functions.chunk_id_from_relid(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass)
             WHERE c.hypertable_schema = ?::text
               AND c.hypertable_name = ?::text
               AND c.is_compressed
            """;

    static Layout.Hypertable.Compression compression(Session session, TableName table) {
        return session.first(
                        COMPRESSION,
                        row -> new Layout.Hypertable.Compression(
                                row.getLong("bytes"), row.getLong("uncompressedBytes")),
                        table.schema(),
                        table.name())
                .orElseThrow();
    }

    private static final String SETTINGS =
            """
            SELECT format('dimension %s by %I', d.dimension_number, d.column_name) AS setting
              FROM timescaledb_information.dimensions d
             WHERE d.hypertable_schema = ?::text AND d.hypertable_name = ?::text AND d.dimension_number > 1
            UNION ALL
            SELECT format('tablespace %I', t.name)
              FROM timescaledb_information.hypertables h CROSS JOIN unnest(h.tablespaces) AS t(name)
             WHERE h.hypertable_schema = ?::text AND h.hypertable_name = ?::text
            UNION ALL
            SELECT 'compression'
              FROM timescaledb_information.hypertables h
             WHERE h.hypertable_schema = ?::text AND h.hypertable_name = ?::text AND h.compression_enabled
            """;

    static List<String> settings(Session session, TableName table) {
        return session.query(
                SETTINGS,
                row -> row.getString("setting"),
                table.schema(),
                table.name(),
                table.schema(),
                table.name(),
                table.schema(),
                table.name());
    }
}
