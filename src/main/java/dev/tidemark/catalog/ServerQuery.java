package dev.tidemark.catalog;

import dev.tidemark.schema.Server;
import dev.tidemark.schema.ServerSession;
import dev.tidemark.schema.Subscription;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.schema.TimescaleDb.Edition;
import dev.tidemark.session.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The server, and what this session may do there. */
final class ServerQuery {
    /** The first version in which a parameter can be granted. */
    private static final int VERSION_WITH_PARAMETER_GRANTS = 150000;

    private static final int VERSION_WITH_SCHEMAS_PUBLISHED = 150000;

    private ServerQuery() {}

    /**
     * {@code shared_preload_libraries} is hidden from plain users; the setting {@code timescaledb.disable_load} shows the loader too. Roles: those whose rights
     * this one has without SET ROLE, as the check for ownership wants it.
     */
    private static final String SERVER =
            """
            SELECT current_setting('server_version') AS "versionText",
                   current_database()::text          AS database,
                   current_user::text                AS user,
                   (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
                   has_database_privilege(current_database(), 'CREATE') AS "createOnDatabase",
                   pg_is_in_recovery()               AS "inRecovery",
                   current_setting('timescaledb.license', true) AS license,
                   (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb') AS "timescaledbAvailable",
                   EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.disable_load'
                              OR name = 'shared_preload_libraries' AND setting LIKE '%timescaledb%') AS "timescaledbPreloaded",
                   ARRAY(SELECT pubname::text FROM pg_publication WHERE puballtables ORDER BY 1) AS "publicationsOfAllTables",
                   ARRAY(SELECT rolname::text FROM pg_roles WHERE pg_has_role(oid, 'USAGE') ORDER BY 1) AS roles
            """;

    static Server read(Session session, Extensions extensions, List<ServerSession> sessions) {
        boolean mayReplicaRole = mayReplicaRole(session, extensions.serverVersion());
        Map<String, String> settings = settings(session);
        Map<String, Boolean> mayCreateIn = mayCreateIn(session);
        Map<String, List<String>> publications = publicationsOfSchemas(session, extensions.serverVersion());
        List<Subscription> subscriptions = SubscriptionsQuery.all(session);
        return session.first(
                        SERVER,
                        row -> server(
                                row,
                                extensions,
                                sessions,
                                settings,
                                publications,
                                subscriptions,
                                mayReplicaRole,
                                mayCreateIn))
                .orElseThrow();
    }

    private static Server server(
            ResultSet row,
            Extensions extensions,
            List<ServerSession> sessions,
            Map<String, String> settings,
            Map<String, List<String>> publicationsOfSchemas,
            List<Subscription> subscriptions,
            boolean mayReplicaRole,
            Map<String, Boolean> mayCreateIn)
            throws SQLException {
        Edition edition = "timescale".equals(row.getString("license")) ? Edition.COMMUNITY : Edition.APACHE;
        boolean superuser = row.getBoolean("superuser");
        return new Server(
                extensions.serverVersion(),
                row.getString("versionText"),
                row.getString("database"),
                row.getString("user"),
                superuser,
                row.getBoolean("createOnDatabase"),
                superuser || mayReplicaRole,
                row.getBoolean("inRecovery"),
                extensions.timescaledb().map(e -> new TimescaleDb(e.version(), e.schema(), edition)),
                Optional.ofNullable(row.getString("timescaledbAvailable")),
                row.getBoolean("timescaledbPreloaded"),
                extensions.partman(),
                extensions.cron(),
                settings,
                RowArray.texts(row, "publicationsOfAllTables"),
                publicationsOfSchemas,
                subscriptions,
                sessions,
                mayCreateIn,
                RowArray.texts(row, "roles"),
                extensions.partmanMissing());
    }

    private record Published(String schema, String name) {}

    private static Map<String, List<String>> publicationsOfSchemas(Session session, int version) {
        return version < VERSION_WITH_SCHEMAS_PUBLISHED
                ? Map.of()
                : session
                        .query(
                                "SELECT n.nspname::text AS schema, p.pubname::text AS name FROM pg_publication_namespace r JOIN pg_namespace n ON n.oid = r.pnnspid"
                                        + " JOIN pg_publication p ON p.oid = r.pnpubid ORDER BY 1, 2",
                                row -> new Published(row.getString("schema"), row.getString("name")))
                        .stream()
                        .collect(Collectors.groupingBy(
                                Published::schema, Collectors.mapping(Published::name, Collectors.toList())));
    }

    private static boolean mayReplicaRole(Session session, int version) {
        return version >= VERSION_WITH_PARAMETER_GRANTS
                && session.first(
                                "SELECT has_parameter_privilege('session_replication_role', 'SET') AS granted",
                                row -> row.getBoolean("granted"))
                        .orElse(false);
    }

    /** In their base unit. TimeZone as it was before this reading set it to UTC. */
    private static final String SETTINGS =
            """
            SELECT s.name AS name,
                   CASE WHEN s.name = 'TimeZone' THEN s.reset_val ELSE s.setting END AS setting
              FROM pg_settings s
             WHERE s.name IN ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions', 'max_worker_processes',
                              'max_parallel_workers', 'max_parallel_maintenance_workers', 'maintenance_work_mem', 'work_mem',
                              'shared_buffers', 'block_size', 'max_wal_size', 'wal_level', 'archive_mode', 'synchronous_commit',
                              'synchronous_standby_names', 'fsync', 'autovacuum', 'lock_timeout', 'statement_timeout',
                              'idle_in_transaction_session_timeout', 'transaction_timeout', 'default_tablespace', 'TimeZone',
                              'session_replication_role', 'server_encoding', 'cron.database_name', 'timescaledb.restoring')
            """;

    private static final String SCHEMAS =
            """
            SELECT n.nspname::text AS name,
                   has_schema_privilege(n.oid, 'CREATE') AS "mayCreate"
              FROM pg_namespace n
             WHERE n.nspname !~ '^pg_(toast|temp)'
            """;

    private record Schema(String name, boolean mayCreate) {}

    private static Map<String, Boolean> mayCreateIn(Session session) {
        return session.query(SCHEMAS, row -> new Schema(row.getString("name"), row.getBoolean("mayCreate"))).stream()
                .collect(Collectors.toMap(Schema::name, Schema::mayCreate));
    }

    private record Setting(String name, String value) {}

    private static Map<String, String> settings(Session session) {
        return session.query(SETTINGS, row -> new Setting(row.getString("name"), row.getString("setting"))).stream()
                .collect(Collectors.toMap(Setting::name, Setting::value));
    }
}
