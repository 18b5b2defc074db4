package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.Driver;

/** A server that somebody runs. It is asked what it can do, and it is neither started nor stopped. */
final class UrlServer implements TestServer {

    private static final String ABILITIES =
            """
            SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
                       AND current_setting('shared_preload_libraries') LIKE '%timescaledb%',
                   -- The setting exists only in a database that has the extension.
                   coalesce(current_setting('timescaledb.license', true), (
                       SELECT CASE WHEN (pg_stat_file(c.setting || '/timescaledb-tsl-' || e.default_version || '.so', true)).size IS NOT NULL THEN 'timescale' END
                         FROM pg_config AS c, pg_available_extensions AS e WHERE c.name = 'PKGLIBDIR' AND e.name = 'timescaledb'), '') = 'timescale',
                   coalesce((SELECT (pg_stat_file(c.setting || '/timescaledb-tsl-' || e.default_version || '.so', true)).size IS NOT NULL
                                    AND string_to_array(e.default_version, '.')::int[] >= '{2,21}'
                               FROM pg_config AS c, pg_available_extensions AS e WHERE c.name = 'PKGLIBDIR' AND e.name = 'timescaledb'), false),
                   EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_partman' AND version LIKE '5.%'),
                   EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_partman' AND version LIKE '4.%'),
                   EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis'),
                   EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_cron')
                       AND current_setting('shared_preload_libraries') LIKE '%pg_cron%',
                   EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements')
                       AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%',
                   (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                   current_setting('server_version_num')::int / 10000
            """;

    /** In the order of the columns above. */
    private static final List<Capability> ASKED = List.of(
            Capability.TIMESCALEDB,
            Capability.COMMUNITY,
            Capability.ATTACH_CHUNK,
            Capability.PARTMAN,
            Capability.PARTMAN_4,
            Capability.POSTGIS,
            Capability.CRON,
            Capability.STATEMENTS,
            Capability.SUPERUSER);

    private final String url;
    private final Properties parsed;
    private final Set<Capability> capabilities;

    /** A URL with its database, user and password, as {@code jdbc:postgresql://host:port/database?user=…&password=…}. */
    UrlServer(String url) {
        Properties properties = Driver.parseURL(url, new Properties());
        if (properties == null) {
            throw new IllegalArgumentException("not a URL of the PostgreSQL driver: " + url);
        }
        this.url = url;
        this.parsed = properties;
        this.capabilities = ask();
    }

    private Set<Capability> ask() {
        var found = EnumSet.of(Capability.SEVERAL_SESSIONS);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ABILITIES)) {
            row.next();
            for (int i = 0; i < ASKED.size(); i++) {
                if (row.getBoolean(i + 1)) {
                    found.add(ASKED.get(i));
                }
            }
            if (hasClientPrograms(row.getInt(ASKED.size() + 1))) {
                found.add(Capability.CLIENT_PROGRAMS);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("no server answers at " + address() + ": " + e.getMessage(), e);
        }
        return found;
    }

    /** pg_dump refuses servers newer than itself. */
    private static boolean hasClientPrograms(int serverMajor) {
        if (!Command.exists("psql") || !Command.exists("pg_dump")) {
            return false;
        }
        String version = Command.of("pg_dump", "--version").run().stdout();
        Matcher major = Pattern.compile(" (\\d+)").matcher(version);
        return major.find() && Integer.parseInt(major.group(1)) >= serverMajor;
    }

    private String address() {
        return parsed.getProperty("PGHOST") + ":" + parsed.getProperty("PGPORT");
    }

    @Override
    public String name() {
        return "the server at " + address();
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + address() + "/" + database;
    }

    @Override
    public String user() {
        return parsed.getProperty("user", "postgres");
    }

    @Override
    public String password() {
        return parsed.getProperty("password", "");
    }

    @Override
    public Output client(String program, String database, String input, List<String> arguments) {
        var line = new ArrayList<>(
                List.of(program, "-h", parsed.getProperty("PGHOST"), "-p", parsed.getProperty("PGPORT")));
        line.addAll(List.of("-U", user(), "-d", database));
        line.addAll(arguments);
        return Command.of(line).withInput(input).with("PGPASSWORD", password()).run();
    }

    /** Nothing: it is not ours. */
    @Override
    public void close() {}
}
