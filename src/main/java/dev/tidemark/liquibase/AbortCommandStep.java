package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import java.util.List;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark abort}: takes back a conversion that was not finished. */
public class AbortCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("abort");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "A table of the conversion, schema.table");

    public AbortCommandStep() {
        super(NAME, "Take back a conversion that was not finished");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        return Answer.lines(
                tables.stream()
                        .map(table -> table + ": " + UiListener.totals(tidemark.abort(table)))
                        .toList(),
                "");
    }
}
