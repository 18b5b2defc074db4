package dev.tidemark.schema;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The server and what this session may do there.
 *
 * @param version {@code server_version_num}, for example 170005
 * @param versionText as people write it
 * @param database the database connected to
 * @param user {@code current_user}
 * @param superuser whether that is a superuser
 * @param createOnDatabase whether it may create schemas
 * @param mayReplicaRole whether it may set {@code session_replication_role}
 * @param inRecovery whether this is a standby
 * @param timescaledb the extension in this database
 * @param timescaledbAvailable the version that CREATE EXTENSION would install, if the files are there
 * @param timescaledbPreloaded whether {@code shared_preload_libraries} has it
 * @param partman pg_partman in this database
 * @param cron pg_cron in this database
 * @param settings values of the settings that the plan looks at, by name, in their base unit as text
 * @param publicationsOfAllTables names of FOR ALL TABLES publications
 * @param publicationsOfSchemas names of FOR TABLES IN SCHEMA publications, by schema
 * @param subscriptions what logical replication writes into tables of this database
 * @param sessions other sessions that hold or could hold things up
 * @param mayCreateIn every schema of this database, with whether this user may create objects in it
 * @param roles roles whose rights this user has without SET ROLE, itself included; every role for a superuser
 * @param partmanMissing what this user may not do with pg_partman's configuration although a conversion has to
 */
public record Server(
        int version,
        String versionText,
        String database,
        String user,
        boolean superuser,
        boolean createOnDatabase,
        boolean mayReplicaRole,
        boolean inRecovery,
        Optional<TimescaleDb> timescaledb,
        Optional<String> timescaledbAvailable,
        boolean timescaledbPreloaded,
        Optional<Extension> partman,
        Optional<Extension> cron,
        Map<String, String> settings,
        List<String> publicationsOfAllTables,
        Map<String, List<String>> publicationsOfSchemas,
        List<Subscription> subscriptions,
        List<ServerSession> sessions,
        Map<String, Boolean> mayCreateIn,
        List<String> roles,
        List<MissingRight> partmanMissing) {

    public Server {
        settings = Map.copyOf(settings);
        publicationsOfAllTables = List.copyOf(publicationsOfAllTables);
        publicationsOfSchemas = Map.copyOf(publicationsOfSchemas);
        subscriptions = List.copyOf(subscriptions);
        sessions = List.copyOf(sessions);
        mayCreateIn = Map.copyOf(mayCreateIn);
        roles = List.copyOf(roles);
        partmanMissing = List.copyOf(partmanMissing);
    }

    /** An extension: its version and the schema its objects live in. */
    public record Extension(String version, String schema) {}

    /** A setting as a whole number. @throws IllegalArgumentException if it was not read. */
    public long number(String setting) {
        String value = settings.get(setting);
        if (value == null) {
            throw new IllegalArgumentException("setting " + setting + " was not read");
        }
        return Long.parseLong(value);
    }

    /** How many lock entries the server's shared table is sure to hold. */
    public long lockCapacity() {
        return number("max_locks_per_transaction") * (number("max_connections") + number("max_prepared_transactions"));
    }
}
