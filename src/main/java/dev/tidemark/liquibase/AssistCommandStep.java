package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Tuning;
import dev.tidemark.run.Assistance;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;
import org.jspecify.annotations.Nullable;

/** {@code liquibase tidemark assist}: copies slices of a run that is under way in another process. */
public class AssistCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("assist");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "A table of the run, schema.table");
    private static final CommandArgumentDefinition<String> WORKERS = new CommandBuilder(NAME)
            .argument("workers", String.class)
            .description("How many workers to add; " + Tuning.DEFAULT_WORKERS + " if left out")
            .build();

    public AssistCommandStep() {
        super(NAME, "Help a run that is under way elsewhere to copy, index and prove");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        int workers = workers(scope.getArgumentValue(WORKERS));
        StringBuilder text = new StringBuilder();
        for (TableName table : tables(scope, TABLE, database)) {
            Assistance assistance = tidemark.assist(table, workers);
            text.append(table)
                    .append(": ")
                    .append(assistance.slices())
                    .append(assistance.slices() == 1 ? " slice" : " slices")
                    .append(" done here; ")
                    .append(assistance.ending())
                    .append(" (run ")
                    .append(assistance.runId())
                    .append(").\n");
        }
        return Answer.good(text.toString());
    }

    private static int workers(@Nullable String text) {
        if (text == null) {
            return Tuning.DEFAULT_WORKERS;
        }
        if (!text.strip().matches("[1-9]|[1-5]\\d|6[0-4]")) {
            throw new Refused(
                    "--workers=" + text + " cannot be used: write a number from 1 to " + Tuning.MOST_WORKERS + ".");
        }
        return Integer.parseInt(text.strip());
    }
}
