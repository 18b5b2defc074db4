package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import java.util.List;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark verify}: proves a conversion again, one line a proof. Exits with 1 when one does not hold. */
public class VerifyCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("verify");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "The table, schema.table; several separated by commas");

    public VerifyCommandStep() {
        super(NAME, "Prove a conversion again, now");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        return Answer.lines(
                tables.stream()
                        .flatMap(table -> tidemark.verify(table).stream())
                        .toList(),
                "Nothing was to be proved.");
    }
}
