package dev.tidemark.session;

import dev.tidemark.sql.Sql;
import java.util.Optional;

/**
 * Where a connection leads, and as whom it works.
 *
 * @param backend the server process that serves it
 * @param database its database
 * @param user {@code current_user}, which decides what may be done; {@code session_user} only says who logged in
 * @param role the setting {@code role}: what SET ROLE was given, "none" if nothing
 * @param serverStart when the server was started, to the microsecond; no two servers share it, a standby and its primary neither
 * @param port the port as the server sees it, whatever forwards to it; empty over a Unix socket
 */
record Place(int backend, String database, String user, String role, String serverStart, Optional<Integer> port) {

    static Place of(Session session) {
        // Text made by to_char, because DateStyle and the time zone may differ between the two.
        return session.first(
                        """
                        SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_database(), current_user, pg_catalog.current_setting('role'),
                               pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.pg_postmaster_start_time()), 'YYYY-MM-DD HH24:MI:SS.US'),
                               pg_catalog.inet_server_port()""",
                        row -> new Place(
                                row.getInt(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                Optional.ofNullable(row.getObject(6, Integer.class))))
                .orElseThrow();
    }

    /** Whether both are the same database of the same running server. */
    boolean isSameDatabase(Place other) {
        return database.equals(other.database)
                && serverStart.equals(other.serverStart)
                && (port.isEmpty() || other.port.isEmpty() || port.equals(other.port));
    }

    /** {@code database "app" of the server on port 5432 that was started 2026-11-01 04:05:06.789012 UTC}. */
    String inWords() {
        return "database " + Sql.identifier(database) + " of the server "
                + port.map(number -> "on port " + number + " ").orElse("") + "that was started " + serverStart + " UTC";
    }
}
