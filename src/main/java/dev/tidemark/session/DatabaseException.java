package dev.tidemark.session;

import dev.tidemark.sql.TidemarkException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the database answered, with SQLSTATE, detail, hint and the statement that it answered. */
public class DatabaseException extends TidemarkException {
    private static final long serialVersionUID = 1L;
    /** A statement is quoted up to here; a window's DO block lists every partition. */
    private static final int QUOTED_CHARACTERS = 400;

    private final String sqlState;
    private final String answer;

    public DatabaseException(String statement, SQLException cause) {
        super(describe(statement, cause), cause);
        this.sqlState = cause.getSQLState() == null ? "" : cause.getSQLState();
        this.answer = answer(cause).toString();
    }

    /** The SQLSTATE, "" if there was none. */
    public String sqlState() {
        return sqlState;
    }

    /** What the database said, without the statement that it said it to. */
    public String answer() {
        return answer;
    }

    private static @Nullable ServerErrorMessage server(SQLException cause) {
        return cause instanceof PSQLException pg ? pg.getServerErrorMessage() : null;
    }

    private static StringBuilder answer(SQLException cause) {
        ServerErrorMessage server = server(cause);
        String message = server == null ? String.valueOf(cause.getMessage()) : String.valueOf(server.getMessage());
        StringBuilder text = new StringBuilder(message)
                .append(" [SQLSTATE ")
                .append(cause.getSQLState())
                .append(']');
        if (server != null) {
            append(text, "Detail: ", server.getDetail());
            append(text, "Hint: ", server.getHint());
        }
        return text;
    }

    private static String describe(String statement, SQLException cause) {
        StringBuilder text = answer(cause);
        ServerErrorMessage server = server(cause);
        if (server != null) {
            append(text, "Where: ", firstLine(server.getWhere()));
        }
        String shortened =
                statement.length() <= QUOTED_CHARACTERS ? statement : statement.substring(0, QUOTED_CHARACTERS) + " …";
        return append(text, "Statement: ", shortened).toString();
    }

    private static @Nullable String firstLine(@Nullable String text) {
        return text == null ? null : text.lines().findFirst().orElse("");
    }

    private static StringBuilder append(StringBuilder text, String label, @Nullable String value) {
        return value == null || value.isEmpty()
                ? text
                : text.append(System.lineSeparator()).append(label).append(value);
    }
}
