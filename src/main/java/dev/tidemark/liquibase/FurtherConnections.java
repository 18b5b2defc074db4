package dev.tidemark.liquibase;

import dev.tidemark.session.Siblings;
import dev.tidemark.sql.Refused;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import liquibase.Scope;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.command.core.helpers.DbUrlConnectionArgumentsCommandStep;
import liquibase.database.Database;
import liquibase.database.DatabaseConnection;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.CommandExecutionException;
import liquibase.exception.DatabaseException;
import liquibase.exception.UnexpectedLiquibaseException;
import liquibase.integration.IntegrationDetails;
import liquibase.resource.ResourceAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Where further connections come from under Liquibase, which itself has one and no way to ask it for another.
 *
 * <p>The first that is there: a {@code DataSource} that an application put into the scope; {@code tidemark.url}; what Liquibase was given to
 * open its own connection with. Read in Liquibase's thread, because a pool's threads have no scope; what is returned may be used in any.
 */
final class FurtherConnections {
    /** Key of a {@code javax.sql.DataSource} in Liquibase's scope. */
    static final String DATA_SOURCE = "tidemark.dataSource";

    private static final String MAVEN = "maven";

    private FurtherConnections() {}

    /** @throws Refused if what was configured cannot be what was meant */
    static Siblings of(Database database) {
        Object dataSource = Scope.getCurrentScope().get(DATA_SOURCE, Object.class);
        if (dataSource instanceof DataSource source) {
            return Siblings.named(DATA_SOURCE + " in Liquibase's scope", Siblings.of(source));
        }
        if (dataSource != null) {
            throw new Refused(DATA_SOURCE + " in Liquibase's scope is a "
                    + dataSource.getClass().getName() + ". Put a javax.sql.DataSource there, or nothing.");
        }
        return configured().or(() -> asLiquibase(database)).orElse(Siblings.NONE);
    }

    private static Optional<Siblings> configured() {
        String url = TidemarkConfiguration.URL.getCurrentValue();
        String username = TidemarkConfiguration.USERNAME.getCurrentValue();
        String password = TidemarkConfiguration.PASSWORD.getCurrentValue();
        if (url == null) {
            if (username != null || password != null) {
                throw new Refused("tidemark." + (username == null ? "password" : "username")
                        + " is set and tidemark.url is not. Set tidemark.url too, or neither.");
            }
            return Optional.empty();
        }
        return Optional.of(login("tidemark.url", new Login(url, username, password, null, null)));
    }

    /** What Liquibase was given, if it was given it for this connection: an application may have handed over an open one of its own. */
    private static Optional<Siblings> asLiquibase(Database database) {
        return LiquibaseDatabase.connection(database)
                .map(FurtherConnections::url)
                .flatMap(url -> commandLine()
                        .filter(login -> login.url().equals(url))
                        .or(() -> maven().filter(login -> login.url().equals(url))))
                .map(login -> login("Liquibase's own url", login));
    }

    private static String url(Connection connection) {
        try {
            return String.valueOf(connection.getMetaData().getURL());
        } catch (SQLException e) {
            throw new dev.tidemark.session.DatabaseException("the connection's URL", e);
        }
    }

    /** Arguments, environment, system properties and liquibase.properties alike; no matter which command, they are called the same. */
    private static Optional<Login> commandLine() {
        CommandScope command;
        try {
            command = new CommandScope("update");
        } catch (CommandExecutionException e) {
            throw new UnexpectedLiquibaseException(e);
        }
        String url = value(command, DbUrlConnectionArgumentsCommandStep.URL_ARG);
        return url == null
                ? Optional.empty()
                : Optional.of(new Login(
                        url,
                        value(command, DbUrlConnectionArgumentsCommandStep.USERNAME_ARG),
                        value(command, DbUrlConnectionArgumentsCommandStep.PASSWORD_ARG),
                        value(command, DbUrlConnectionArgumentsCommandStep.DRIVER_ARG),
                        value(command, DbUrlConnectionArgumentsCommandStep.DRIVER_PROPERTIES_FILE_ARG)));
    }

    private static @Nullable String value(CommandScope command, CommandArgumentDefinition<String> argument) {
        return command.getConfiguredValue(argument).getValue();
    }

    /** The Maven plugin's parameters are not in Liquibase's configuration. */
    private static Optional<Login> maven() {
        IntegrationDetails details =
                Scope.getCurrentScope().get(Scope.Attr.integrationDetails, IntegrationDetails.class);
        if (details == null || !MAVEN.equals(details.getName())) {
            return Optional.empty();
        }
        Map<String, String> parameters = details.getParameters();
        String url = parameters.get("maven__url");
        return url == null
                ? Optional.empty()
                : Optional.of(new Login(
                        url, parameters.get("maven__username"), parameters.get("maven__password"), null, null));
    }

    private static Siblings login(String origin, Login login) {
        ResourceAccessor resources = Scope.getCurrentScope().getResourceAccessor();
        return Siblings.named(origin, () -> Optional.of(login.connect(resources)));
    }

    /** What Liquibase opens a connection with. Not a record: its text would hold the password. */
    private static final class Login {
        private final String url;
        private final @Nullable String username;
        private final @Nullable String password;
        private final @Nullable String driver;
        private final @Nullable String driverPropertiesFile;

        Login(
                String url,
                @Nullable String username,
                @Nullable String password,
                @Nullable String driver,
                @Nullable String driverPropertiesFile) {
            this.url = url;
            this.username = username;
            this.password = password;
            this.driver = driver;
            this.driverPropertiesFile = driverPropertiesFile;
        }

        String url() {
            return url;
        }

        /** In the way that Liquibase opens its own, with all that it and its extensions do about drivers and their properties. */
        Connection connect(ResourceAccessor resources) throws SQLException {
            try {
                DatabaseConnection opened = DatabaseFactory.getInstance()
                        .openConnection(url, username, password, driver, null, driverPropertiesFile, null, resources);
                if (opened instanceof JdbcConnection jdbc) {
                    return jdbc.getUnderlyingConnection();
                }
                throw new SQLException("it is not a JDBC connection to a server");
            } catch (DatabaseException e) {
                throw withoutPassword(e);
            }
        }

        /** A new exception, because a driver may quote the URL, password and all, in any message of the chain. */
        private SQLException withoutPassword(DatabaseException e) {
            Throwable cause = e;
            while (cause.getCause() != null && !(cause instanceof SQLException)) {
                cause = cause.getCause();
            }
            String message = String.valueOf(cause.getMessage()).replace(url, "(as configured)");
            return new SQLException(
                    JdbcConnection.sanitizeUrl(message), cause instanceof SQLException sql ? sql.getSQLState() : null);
        }
    }
}
