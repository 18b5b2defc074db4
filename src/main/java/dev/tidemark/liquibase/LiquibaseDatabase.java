package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import liquibase.Scope;
import liquibase.database.Database;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.DatabaseException;
import liquibase.exception.UnexpectedLiquibaseException;
import liquibase.executor.ExecutorService;
import liquibase.lockservice.LockService;
import liquibase.lockservice.LockServiceFactory;

/** What Tidemark asks of Liquibase's {@code Database}; the only place that knows how Liquibase holds its connection. */
final class LiquibaseDatabase {
    private LiquibaseDatabase() {}

    /** Whether SQL is to be printed: {@code update-sql} and its kin, or no connection to run anything on. */
    static boolean prints(Database database) {
        return connection(database).isEmpty()
                || !Scope.getCurrentScope()
                        .getSingleton(ExecutorService.class)
                        .getExecutor("jdbc", database)
                        .updatesDatabase();
    }

    /** Liquibase's own connection; empty offline. */
    static Optional<Connection> connection(Database database) {
        return database.getConnection() instanceof JdbcConnection jdbc
                ? Optional.of(jdbc.getUnderlyingConnection())
                : Optional.empty();
    }

    /** {@code defaultSchemaName} if given, else the connection's current schema; offline without either PostgreSQL's own default. */
    static String defaultSchema(Database database) {
        String schema = database.getConnection() == null ? null : database.getDefaultSchemaName();
        return schema == null ? "public" : schema;
    }

    /**
     * Runs {@code work} with every statement a transaction of its own, as Tidemark needs it, and puts autocommit back.
     *
     * @throws IllegalStateException offline
     */
    static <T> T committing(Database database, Function<Connection, T> work) {
        Connection connection =
                connection(database).orElseThrow(() -> new IllegalStateException("Liquibase runs offline"));
        try {
            boolean before = database.getAutoCommitMode();
            database.setAutoCommit(true);
            try {
                return work.apply(connection);
            } finally {
                if (!connection.isClosed()) {
                    database.setAutoCommit(before);
                }
            }
        } catch (DatabaseException | SQLException e) {
            throw new UnexpectedLiquibaseException(e);
        }
    }

    /** The same with a {@code Tidemark} that reports to Liquibase's UI and stops cleanly when the JVM is told to end. */
    static <T> T guarded(Database database, Function<Tidemark, T> work) {
        return committing(database, connection -> {
            Tidemark tidemark = Tidemark.on(
                    connection,
                    FurtherConnections.of(database),
                    TidemarkConfiguration.schema(),
                    UiListener.ofThisThread());
            LockService lock = LockServiceFactory.getInstance().getLockService(database);
            return StopOnShutdown.guarding(tidemark::stop, lock, () -> work.apply(tidemark));
        });
    }

    /** Those of {@code tables} that do not exist. */
    static List<TableName> missing(Connection connection, List<TableName> tables) {
        return tables.stream().filter(table -> !exists(connection, table)).toList();
    }

    private static boolean exists(Connection connection, TableName table) {
        try (PreparedStatement query = connection.prepareStatement("SELECT pg_catalog.to_regclass(?) IS NOT NULL")) {
            query.setString(1, table.quoted());
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        } catch (SQLException e) {
            throw new UnexpectedLiquibaseException(e);
        }
    }
}
