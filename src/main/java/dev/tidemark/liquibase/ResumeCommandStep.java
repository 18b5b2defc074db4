package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.sql.TableName;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark resume}: ends a pause, and sets workers and limits of a copy that runs elsewhere. */
public class ResumeCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("resume");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "A table of the run, schema.table; several separated by commas");
    private static final ControlArguments ARGUMENTS = ControlArguments.of(NAME);

    public ResumeCommandStep() {
        super(NAME, "Let a paused copy go on, and change its workers and limits");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        ControlChange change = ARGUMENTS.read(scope).resuming();
        return Answer.lines(
                tables(scope, TABLE, database).stream()
                        .map(table -> resumed(tidemark, table, change))
                        .toList(),
                "");
    }

    private static String resumed(Tidemark tidemark, TableName table, ControlChange change) {
        String before = tidemark.control(table).paused() ? "" : "was not paused before; ";
        return ControlArguments.line(table, before, tidemark.limits(table, change));
    }
}
