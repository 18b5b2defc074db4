package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.ControlChange;
import java.util.Optional;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark pause}: a copy that runs elsewhere rests until {@code resume}. */
public class PauseCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("pause");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "A table of the run, schema.table; several separated by commas");
    private static final CommandArgumentDefinition<String> WHY = new CommandBuilder(NAME)
            .argument("why", String.class)
            .description("The reason, for whoever looks at the status")
            .build();
    private static final ControlArguments ARGUMENTS = ControlArguments.of(NAME);

    public PauseCommandStep() {
        super(NAME, "Let a copy that is under way rest, without losing what it has copied");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        ControlChange change = ARGUMENTS.read(scope).pausing(Optional.ofNullable(scope.getArgumentValue(WHY)));
        return Answer.lines(
                tables(scope, TABLE, database).stream()
                        .map(table -> ControlArguments.line(table, "", tidemark.limits(table, change)))
                        .toList(),
                "");
    }
}
