package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark maintain}: runs what is due of the retention that Tidemark keeps itself. */
public class MaintainCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("maintain");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, false, "The table, schema.table; all if left out");

    public MaintainCommandStep() {
        super(NAME, "Run what is due of the retention that Tidemark keeps itself");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        List<String> lines = tables.isEmpty()
                ? tidemark.maintain(Optional.empty())
                : tables.stream()
                        .flatMap(table -> tidemark.maintain(Optional.of(table)).stream())
                        .toList();
        return Answer.lines(lines, "Nothing is due.");
    }
}
