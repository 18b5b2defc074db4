package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.sql.TableName;
import dev.tidemark.sql.TidemarkException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import liquibase.command.AbstractCommandStep;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandDefinition;
import liquibase.command.CommandFailedException;
import liquibase.command.CommandResultsBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;
import liquibase.database.core.PostgresDatabase;

/** {@code liquibase tidemark <verb>}: needs no changelog, writes its result to standard output, exits with 1 when it is bad news. */
abstract class TidemarkCommandStep extends AbstractCommandStep {
    private static final String GROUP = "tidemark";

    /** What went wrong or is bad news; the text it has to say before is printed all the same. */
    record Answer(String text, Optional<String> failure) {
        static Answer good(String text) {
            return new Answer(text, Optional.empty());
        }

        static Answer lines(List<String> lines, String ifNone) {
            return good(lines.isEmpty() ? ifNone + "\n" : String.join("\n", lines) + "\n");
        }
    }

    private final String[] name;
    private final String description;

    TidemarkCommandStep(String[] name, String description) {
        this.name = name;
        this.description = description;
    }

    static String[] name(String verb) {
        return new String[] {GROUP, verb};
    }

    static CommandArgumentDefinition<String> tableArgument(String[] name, boolean required, String description) {
        CommandArgumentDefinition.Building<String> argument =
                new CommandBuilder(name).argument("table", String.class).description(description);
        return (required ? argument.required() : argument).build();
    }

    /** Does it. Arguments are in {@code scope}. */
    abstract Answer answer(Tidemark tidemark, CommandScope scope, Database database);

    static List<TableName> tables(CommandScope scope, CommandArgumentDefinition<String> argument, Database database) {
        String given = scope.getArgumentValue(argument);
        return given == null ? List.of() : TableList.parse(given, LiquibaseDatabase.defaultSchema(database));
    }

    @Override
    public String[][] defineCommandNames() {
        return new String[][] {name};
    }

    @Override
    public void adjustCommandDefinition(CommandDefinition definition) {
        definition.setShortDescription(description);
        definition.setGroupShortDescription(new String[] {GROUP}, "Change how large tables are stored");
    }

    @Override
    public List<Class<?>> requiredDependencies() {
        return List.of(Database.class);
    }

    @Override
    public void run(CommandResultsBuilder results) throws CommandFailedException {
        CommandScope scope = results.getCommandScope();
        Database database = (Database) scope.getDependency(Database.class);
        if (!(database instanceof PostgresDatabase)
                || LiquibaseDatabase.connection(database).isEmpty()) {
            throw results.commandFailed("tidemark needs a connection to PostgreSQL. Give its --url.", 1, true);
        }
        Answer answer;
        try {
            answer = LiquibaseDatabase.guarded(database, tidemark -> answer(tidemark, scope, database));
        } catch (TidemarkException e) {
            throw results.commandFailed(e.getMessage(), 1, true);
        }
        PrintWriter out = new PrintWriter(results.getOutputStream(), true, StandardCharsets.UTF_8);
        out.print(answer.text());
        out.flush();
        if (answer.failure().isPresent()) {
            throw results.commandFailed(answer.failure().get(), 1, true);
        }
    }
}
