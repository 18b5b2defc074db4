package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.maintenance.Maintained;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/**
 * {@code liquibase tidemark maintain}: makes the partitions that are due and runs what is due of the retention that Tidemark keeps itself. Exits with 1 where
 * something failed; the rest is done all the same.
 */
public class MaintainCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("maintain");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, false, "The table, schema.table; all if left out");

    public MaintainCommandStep() {
        super(NAME, "Make partitions ahead, and run what is due of the retention that Tidemark keeps itself");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        List<Maintained> done = tables.isEmpty()
                ? tidemark.upkeep(Optional.empty())
                : tables.stream()
                        .flatMap(table -> tidemark.upkeep(Optional.of(table)).stream())
                        .toList();
        Answer answer = Answer.lines(done.stream().map(Maintained::toString).toList(), "Nothing is due.");
        long failed = done.stream().filter(Maintained::failed).count();
        return failed == 0
                ? answer
                : new Answer(answer.text(), Optional.of(failed + " of " + done.size() + " could not be done."));
    }
}
