package dev.tidemark.session;

import dev.tidemark.sql.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One connection, used by one thread at a time; only {@link #cancel()} and {@link #ping()} may come from another.
 *
 * <p>Borrows the connection: never closes it, and {@link #transaction} leaves autocommit as it found it.
 */
public final class Session {

    /** Makes a value of the current row. */
    @FunctionalInterface
    public interface RowMapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final AtomicReference<@Nullable Statement> running = new AtomicReference<>();
    /** Held while a statement or a transaction is under way, so that a ping cannot come in between. */
    private final ReentrantLock use = new ReentrantLock();

    public Session(Connection connection) {
        this.connection = connection;
    }

    /** All rows of a query; {@code ?} placeholders take {@code parameters} in order (String, Long, Integer, Boolean, String[] or Long[]). */
    public <T> List<T> query(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
        use.lock();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            running.set(statement);
            try (ResultSet rows = statement.executeQuery()) {
                List<T> result = new ArrayList<>();
                while (rows.next()) {
                    result.add(mapper.map(rows));
                }
                return result;
            }
        } catch (SQLException e) {
            throw new DatabaseException(sql, e);
        } finally {
            running.set(null);
            use.unlock();
        }
    }

    /** The first row, if there is one. */
    public <T> Optional<T> first(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
        return query(sql, mapper, parameters).stream().findFirst();
    }

    /** Runs one statement with parameters. Returns the number of rows it changed, 0 for statements that change none. */
    public int update(String sql, @Nullable Object... parameters) {
        use.lock();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            running.set(statement);
            statement.execute();
            return Math.max(0, statement.getUpdateCount());
        } catch (SQLException e) {
            throw new DatabaseException(sql, e);
        } finally {
            running.set(null);
            use.unlock();
        }
    }

    /** Runs text without parameters as it stands, several statements separated by semicolons too. */
    public void execute(String sql) {
        use.lock();
        try (Statement statement = connection.createStatement()) {
            // '?' in operators of jsonb must not become a placeholder.
            statement.setEscapeProcessing(false);
            running.set(statement);
            statement.execute(sql);
        } catch (SQLException e) {
            throw new DatabaseException(sql, e);
        } finally {
            running.set(null);
            use.unlock();
        }
    }

    /** Runs text without parameters as it stands. Returns how many rows its last statement changed, 0 for one that changes none. */
    public long count(Sql sql) {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            running.set(statement);
            statement.execute(sql.text());
            return Math.max(0, statement.getLargeUpdateCount());
        } catch (SQLException e) {
            throw new DatabaseException(sql.text(), e);
        } finally {
            running.set(null);
        }
    }

    /** Runs one statement without parameters. */
    public void execute(Sql sql) {
        execute(sql.text());
    }

    /**
     * Runs {@code work} in one transaction, commits when it returns and rolls back when it throws.
     *
     * @throws CommitUnanswered when the connection broke while the commit was under way, so that nobody here knows whether it happened
     */
    public void transaction(Runnable work) {
        use.lock();
        try {
            transactionAlone(work);
        } finally {
            use.unlock();
        }
    }

    private void transactionAlone(Runnable work) {
        boolean autoCommit = autoCommit();
        boolean done = false;
        setAutoCommit(false);
        try {
            work.run();
            done = true;
        } finally {
            if (!done) {
                rollback();
                restore(autoCommit);
            }
        }
        try {
            connection.commit();
        } catch (SQLException e) {
            DatabaseException failure = new DatabaseException("COMMIT", e);
            if (SqlState.connectionLost(failure.sqlState())) {
                throw new CommitUnanswered(failure);
            }
            rollback();
            restore(autoCommit);
            throw failure;
        }
        setAutoCommit(autoCommit);
    }

    /** Asks the server to stop the statement that is running now, if any. May be called from any thread. */
    public void cancel() {
        Statement statement = running.get();
        if (statement != null) {
            try {
                statement.cancel();
            } catch (SQLException e) {
                // The statement may have ended between the look and the call; there is nothing left to stop then.
                System.getLogger(Session.class.getName()).log(System.Logger.Level.DEBUG, "cancel came too late", e);
            }
        }
    }

    /**
     * Says something to the server, unless a statement or transaction is under way here, which says enough. May be called from any thread.
     *
     * @throws DatabaseException if it does not answer
     */
    void ping() {
        if (!use.tryLock()) {
            return;
        }
        try {
            // Without autocommit a ping would open a transaction, or keep one alive that is waited for to time out.
            if (autoCommit()) {
                execute("SELECT 1");
            }
        } finally {
            use.unlock();
        }
    }

    /** Whether the connection still answers within {@code seconds}. */
    public boolean isAlive(int seconds) {
        use.lock();
        try {
            return connection.isValid(seconds);
        } catch (SQLException e) {
            throw new IllegalArgumentException("negative time: " + seconds, e);
        } finally {
            use.unlock();
        }
    }

    /** Whether each statement is its own transaction at the moment. */
    public boolean autoCommit() {
        try {
            return connection.getAutoCommit();
        } catch (SQLException e) {
            throw new DatabaseException("SHOW autocommit", e);
        }
    }

    /** Switches autocommit; switching it on commits an open transaction. */
    public void setAutoCommit(boolean on) {
        try {
            connection.setAutoCommit(on);
        } catch (SQLException e) {
            throw new DatabaseException(on ? "COMMIT" : "BEGIN", e);
        }
    }

    private void rollback() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // A broken connection has been rolled back by the server; the error that broke it is on its way up already.
            System.getLogger(Session.class.getName())
                    .log(System.Logger.Level.DEBUG, "rollback on a broken connection", e);
        }
    }

    private void restore(boolean autoCommit) {
        try {
            connection.setAutoCommit(autoCommit);
        } catch (SQLException e) {
            System.getLogger(Session.class.getName())
                    .log(System.Logger.Level.DEBUG, "autocommit on a broken connection", e);
        }
    }

    private void bind(PreparedStatement statement, @Nullable Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            Object value = parameters[i];
            if (value instanceof String[] texts) {
                statement.setArray(i + 1, connection.createArrayOf("text", texts));
            } else if (value instanceof Long[] numbers) {
                statement.setArray(i + 1, connection.createArrayOf("int8", numbers));
            } else {
                statement.setObject(i + 1, value);
            }
        }
    }
}
