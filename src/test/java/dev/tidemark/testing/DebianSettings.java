package dev.tidemark.testing;

import java.util.Set;

/** What our own servers have in {@code postgresql.conf}; everything else is PostgreSQL's default, fsync included. */
final class DebianSettings {

    /**
     * The time zone is one where days start neither at midnight UTC nor always 24 h apart. max_worker_processes: TimescaleDB takes one
     * per database and one per job, and parallel index builds need the rest. wal_level for tests of publications and of standbys.
     */
    private static final String SETTINGS =
            """
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            timezone = 'America/Los_Angeles'
            max_connections = 200
            max_prepared_transactions = 10
            max_worker_processes = 24
            shared_buffers = '512MB'
            max_wal_size = '4GB'
            wal_level = logical
            track_io_timing = on
            log_line_prefix = '%m [%p] %d '
            """;

    /** The host name: pg_cron connects like any client, and the root has no socket directory. */
    private static final String EXTENSIONS =
            """
            shared_preload_libraries = 'timescaledb,pg_cron,pg_stat_statements'
            pg_stat_statements.track = none
            timescaledb.telemetry_level = off
            cron.host = '127.0.0.1'
            """;

    private DebianSettings() {}

    static String of(Set<Capability> capabilities) {
        return capabilities.contains(Capability.TIMESCALEDB) ? SETTINGS + EXTENSIONS : SETTINGS;
    }
}
