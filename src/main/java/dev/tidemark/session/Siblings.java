package dev.tidemark.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Where further connections come from, to the database that the main one is connected to: for work that several can share.
 *
 * <p>One connection is always enough; more make it faster. Each one is checked before use: it must lead to the same database of the same
 * running server and may work as the main connection's current user. Asked by the thread of the main connection.
 */
@FunctionalInterface
public interface Siblings {
    /** None can be had: everything is done over the main connection. */
    Siblings NONE = Optional::empty;

    /**
     * A connection that nobody else uses, to be closed by whoever asked; empty if none can be had now.
     *
     * @throws SQLException if it should have been possible; its message must hold no password
     */
    Optional<Connection> open() throws SQLException;

    /** What messages call it: where somebody would look to give other connections, or none. */
    default String origin() {
        return "the application";
    }

    /** From a pool or any other {@code DataSource}. What is borrowed from it goes back as it was: autocommit and role. */
    static Siblings of(DataSource source) {
        return named("the DataSource", () -> Optional.of(source.getConnection()));
    }

    /** The same under another {@link #origin}. */
    static Siblings named(String origin, Siblings siblings) {
        return new Siblings() {
            @Override
            public Optional<Connection> open() throws SQLException {
                return siblings.open();
            }

            @Override
            public String origin() {
                return origin;
            }
        };
    }
}
