package dev.tidemark.catalog;

import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.session.Session;
import java.util.List;
import java.util.Optional;

/**
 * The extensions that matter, as installed in this database.
 *
 * @param serverVersion {@code server_version_num}
 * @param partmanMissing what this user may not do with pg_partman's configuration
 * @param hypertables object ids of all hypertables
 */
record Extensions(
        int serverVersion,
        Optional<Extension> timescaledb,
        Optional<Extension> partman,
        Optional<Extension> cron,
        List<MissingRight> partmanMissing,
        List<Long> hypertables) {

    private static final String EXTENSION =
            """
            SELECT e.extversion    AS version,
                   n.nspname::text AS schema
              FROM pg_extension e
              JOIN pg_namespace n ON n.oid = e.extnamespace
             WHERE e.extname = ?::text
            """;

    private static final String HYPERTABLES =
            """
            SELECT c.oid::bigint AS oid
              FROM timescaledb_information.hypertables h
              JOIN pg_namespace n ON n.nspname = h.hypertable_schema
              JOIN pg_class c     ON c.relnamespace = n.oid AND c.relname = h.hypertable_name
            """;

    static Extensions read(Session session) {
        Optional<Extension> timescaledb = extension(session, "timescaledb");
        Optional<Extension> partman = extension(session, "pg_partman");
        return new Extensions(
                session.first(
                                "SELECT current_setting('server_version_num')::int AS version",
                                row -> row.getInt("version"))
                        .orElseThrow(),
                timescaledb,
                partman,
                extension(session, "pg_cron"),
                partman.map(p -> partmanMissing(session, p.schema())).orElse(List.of()),
                timescaledb.isPresent() ? session.query(HYPERTABLES, row -> row.getLong("oid")) : List.of());
    }

    /** pg_partman's configuration may be read. */
    boolean partmanReadable() {
        return partman.isPresent() && partmanMissing.stream().noneMatch(MissingRight::keepsFromReading);
    }

    /** A conversion reads the rows of its tables, takes them out, and puts them back on the way back. */
    private static List<MissingRight> partmanMissing(Session session, String schema) {
        return Rights.missing(
                session,
                schema,
                List.of("USAGE"),
                List.of("part_config", "part_config_sub"),
                List.of("SELECT", "INSERT", "DELETE"));
    }

    private static Optional<Extension> extension(Session session, String name) {
        return session.first(EXTENSION, row -> new Extension(row.getString("version"), row.getString("schema")), name);
    }
}
