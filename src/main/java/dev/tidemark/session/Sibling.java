package dev.tidemark.session;

import dev.tidemark.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/** A further connection, opened and checked by {@link SiblingOpener}. For one thread at a time, any; closing it gives it back. */
public final class Sibling implements AutoCloseable {
    private final Connection connection;
    private final Session session;
    private final boolean autoCommit;
    private final String role;
    private final SessionSettings settings;
    private final Runnable onClose;

    Sibling(Connection connection, boolean autoCommit, String role, SessionSettings settings, Runnable onClose) {
        this.connection = connection;
        this.session = new Session(connection);
        this.autoCommit = autoCommit;
        this.role = role;
        this.settings = settings;
        this.onClose = onClose;
    }

    /** Each statement is a transaction of its own, under the main connection's user; settings such as search_path may differ from there. */
    public Session session() {
        return session;
    }

    /** Closes it, open work rolled back; to a pool it goes back as it came. Never throws: what it did is committed or not, whatever happens now. */
    @Override
    public void close() {
        try (connection) {
            if (!connection.isClosed()) {
                if (!connection.getAutoCommit()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
                session.execute(Sql.of("SELECT pg_catalog.set_config('role', %L, false)", role));
                settings.restore(session);
                connection.setAutoCommit(autoCommit);
            }
        } catch (SQLException | DatabaseException e) {
            System.getLogger(Sibling.class.getName()).log(System.Logger.Level.DEBUG, "closing a broken connection", e);
        } finally {
            onClose.run();
        }
    }
}
