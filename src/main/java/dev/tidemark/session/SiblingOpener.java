package dev.tidemark.session;

import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Opens further connections and lets only those be used that lead to where the main one leads, under its current user.
 *
 * <p>Rows copied by a connection to another server, or rows that another user is not shown, would be missed only much later. To be called by
 * the thread of the main session; what it opened may be used and closed by any.
 */
public final class SiblingOpener {
    private static final String ONE_IS_ENOUGH = " or none: one connection is enough.";

    private final Session main;
    private final Siblings siblings;
    private final Set<Integer> backends = ConcurrentHashMap.newKeySet();

    public SiblingOpener(Session main, Siblings siblings) {
        this.main = main;
        this.siblings = siblings;
    }

    /**
     * One more, with autocommit on; empty if none can be had, or none now: a pool or a server with no connection left.
     *
     * @throws Refused if it leads elsewhere, may not work as the main connection's user, or cannot be opened
     * @throws RetryLater if the server cannot be reached at the moment
     */
    public Optional<Sibling> open() {
        Place here = Place.of(main);
        Optional<Connection> opened;
        try {
            opened = siblings.open();
        } catch (SQLException e) {
            return noneFor(e);
        }
        return opened.map(connection -> checked(connection, here));
    }

    private Optional<Sibling> noneFor(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (e instanceof SQLTransientConnectionException || state.equals(SqlState.TOO_MANY_CONNECTIONS)) {
            System.getLogger(SiblingOpener.class.getName())
                    .log(System.Logger.Level.INFO, "no further connection to be had: " + e.getMessage());
            return Optional.empty();
        }
        String message = "A further connection from " + siblings.origin() + " cannot be opened: " + e.getMessage();
        if (SqlState.connectionLost(state)) {
            throw new RetryLater(
                    message + System.lineSeparator() + "Run the same change again when it can, or give none.", e);
        }
        throw new Refused(message + System.lineSeparator() + "Correct it, or give none: one connection is enough.", e);
    }

    private Sibling checked(Connection connection, Place here) {
        boolean autoCommit = true;
        Place there;
        SessionSettings settings;
        try {
            autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(true);
            there = Place.of(new Session(connection));
            settings = SessionSettings.of(new Session(connection));
        } catch (SQLException | DatabaseException e) {
            new Sibling(connection, autoCommit, "none", SessionSettings.NONE, () -> {}).close();
            throw new RetryLater(
                    "A further connection from " + siblings.origin()
                            + " broke at once. What is committed is kept; run the same change again to go on. "
                            + e.getMessage(),
                    e);
        }
        if (there.backend() == here.backend() && there.isSameDatabase(here)) {
            // Not closed: it is not ours to close.
            throw new Refused(siblings.origin()
                    + " gave the main connection itself as a further one. Give a pool of several connections,"
                    + ONE_IS_ENOUGH);
        }
        Sibling sibling =
                new Sibling(connection, autoCommit, there.role(), settings, () -> backends.remove(there.backend()));
        boolean fit = false;
        try {
            requireFit(sibling, here, there);
            fit = true;
            return sibling;
        } finally {
            if (!fit) {
                sibling.close();
            }
        }
    }

    private void requireFit(Sibling sibling, Place here, Place there) {
        if (!there.isSameDatabase(here)) {
            throw new Refused(
                    "A further connection from " + siblings.origin() + " leads elsewhere: to " + there.inWords()
                            + ", while the main one leads to " + here.inWords()
                            + ". Give one to the same database of the same server," + ONE_IS_ENOUGH);
        }
        if (!backends.add(there.backend())) {
            throw new Refused(siblings.origin()
                    + " gave a connection that is in use here already. Give a pool of several connections,"
                    + ONE_IS_ENOUGH);
        }
        if (!there.user().equals(here.user())) {
            becomeUser(sibling.session(), here.user(), there.user());
        }
    }

    private void becomeUser(Session session, String wanted, String present) {
        try {
            session.execute(Sql.of("SET ROLE %I", wanted));
        } catch (DatabaseException e) {
            throw new Refused(
                    "A further connection from " + siblings.origin() + " works as " + Sql.identifier(present)
                            + ", who may not become " + Sql.identifier(wanted) + " as the main connection is: "
                            + e.getMessage() + System.lineSeparator() + "Run GRANT " + Sql.identifier(wanted) + " TO "
                            + Sql.identifier(present) + "; or give a connection of another user," + ONE_IS_ENOUGH,
                    e);
        }
    }
}
