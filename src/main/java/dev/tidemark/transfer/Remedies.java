package dev.tidemark.transfer;

import dev.tidemark.sql.Sql;

/** Statements that messages offer. */
final class Remedies {
    private Remedies() {}

    /** Gives a role of PostgreSQL's own to a user. */
    static String grant(String role, String user) {
        return "GRANT " + role + " TO " + Sql.identifier(user);
    }
}
