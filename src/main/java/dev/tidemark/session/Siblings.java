package dev.tidemark.session;

import java.util.Optional;

/** Opens further connections to where the main one goes. Safe for use by several threads. */
@FunctionalInterface
public interface Siblings {
    /** Where there is only the main connection. */
    Siblings NONE = Optional::empty;

    /** A further connection in autocommit mode, which the caller closes; empty where none can be had. */
    Optional<Sibling> open();

    /** A connection of one's own. */
    interface Sibling extends AutoCloseable {
        /** The session over it. */
        Session session();

        @Override
        void close();
    }
}
