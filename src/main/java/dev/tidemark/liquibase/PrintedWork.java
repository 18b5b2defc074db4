package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.run.Listener;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import liquibase.Scope;
import liquibase.change.Change;
import liquibase.database.Database;
import liquibase.statement.SqlStatement;
import liquibase.statement.core.RawParameterizedSqlStatement;

/**
 * Work as SQL for {@code update-sql}, {@code rollback-sql} and {@code future-rollback-sql}: run by psql it ends in the same state.
 *
 * <p>Where the SQL cannot be known, it prints a block that fails and says what to do: a script that skipped the work silently would let
 * Liquibase record it as done.
 */
final class PrintedWork {
    /** psql goes on after an error unless told otherwise, and would run the INSERT by which Liquibase records the changeSet. */
    private static final String STOP_AT_ERRORS = "\\set ON_ERROR_STOP on\n";

    private PrintedWork() {}

    static SqlStatement[] of(Work work, Database database) {
        if (Boolean.FALSE.equals(Scope.getCurrentScope().get(Change.SHOULD_EXECUTE, Boolean.class))) {
            // Liquibase asks once more for its log context; planning twice would double the catalog reads.
            return statements(List.of("-- Tidemark: " + oneLine(work.title())));
        }
        return statements(text(work, database));
    }

    private static List<String> text(Work work, Database database) {
        Optional<Connection> connection = LiquibaseDatabase.connection(database);
        if (connection.isEmpty()) {
            return cannot(
                    work,
                    "Liquibase runs offline, and the SQL depends on the table's partitions, keys and grants",
                    "Print the script with the URL of the database instead of offline:postgresql, or apply the change with liquibase"
                            + " update");
        }
        List<TableName> missing = LiquibaseDatabase.missing(connection.get(), work.tables());
        if (!missing.isEmpty()) {
            return cannot(
                    work,
                    names(missing) + " did not exist when this script was printed",
                    "Apply the changeSets before this one, which may create it, then print the script again, or apply the change with"
                            + " liquibase update");
        }
        try {
            return LiquibaseDatabase.committing(database, own -> scripted(work, own));
        } catch (Refused e) {
            return cannot(
                    work, String.valueOf(e.getMessage()), "Do what each finding says, then print the script again");
        }
    }

    private static List<String> scripted(Work work, Connection connection) {
        List<String> sql = work.script(Tidemark.on(connection, TidemarkConfiguration.schema(), Listener.SILENT));
        return sql.isEmpty() ? List.of("-- Tidemark: nothing is to be done for " + oneLine(work.title())) : sql;
    }

    private static List<String> cannot(Work work, String reason, String remedy) {
        String message = "Tidemark could not print " + work.title() + ": " + reason + ".";
        return List.of("-- " + oneLine(message) + "\n" + STOP_AT_ERRORS + failing(message, remedy + "."));
    }

    /** A block that fails with {@code message} and, as its hint, {@code remedy}. */
    private static String failing(String message, String remedy) {
        String body = "\nBEGIN\n    RAISE EXCEPTION USING MESSAGE = " + Sql.literal(message) + ",\n        HINT = "
                + Sql.literal(remedy) + ";\nEND\n";
        String tag = "$tidemark$";
        while (body.contains(tag)) {
            tag = tag.replaceFirst("\\$$", "_\\$");
        }
        return "DO " + tag + body + tag;
    }

    private static String names(List<TableName> tables) {
        return tables.stream().map(TableName::toString).collect(Collectors.joining(", "));
    }

    /** A name may hold a line break, which would end the comment. */
    private static String oneLine(String text) {
        return text.replaceAll("\\R", " ");
    }

    private static SqlStatement[] statements(List<String> sql) {
        return sql.stream().map(RawParameterizedSqlStatement::new).toArray(SqlStatement[]::new);
    }
}
