package dev.tidemark.testing;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Exactly which rows a relation holds, whatever their order: equal if and only if (but for chance) the same rows occur equally often.
 * Hashes the binary form, so 1.0 differs from 1.00, and 24 hours from 1 day. The xor alone would not see rows that occur twice.
 */
public record Rows(long count, long xor, BigDecimal sum) {

    /** The rows of a table, or of a query such as {@code SELECT a, b FROM t}, with all their columns in that order. */
    public static Rows of(Connection connection, String relationOrQuery) throws SQLException {
        String from = relationOrQuery.strip().regionMatches(true, 0, "SELECT ", 0, 7)
                ? "(" + relationOrQuery + ")"
                : relationOrQuery;
        String query =
                """
                SELECT count(*), coalesce(bit_xor(hash), 0), coalesce(sum(hash), 0)
                FROM (SELECT hash_record_extended(row(record_send(r)), 0) AS hash FROM %s r) hashes
                """
                        .formatted(from);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return new Rows(row.getLong(1), row.getLong(2), row.getBigDecimal(3));
        }
    }

    public static Rows of(Database database, String relationOrQuery) {
        try (Connection connection = database.connect()) {
            return of(connection, relationOrQuery);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "\nwhile hashing " + relationOrQuery, e);
        }
    }
}
