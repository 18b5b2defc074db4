package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.CutoverHours;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark cutover}: lets a conversion that waits for its cutover go on. */
public class CutoverCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("cutover");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "A table of the conversion, schema.table; several separated by commas");
    private static final CommandArgumentDefinition<String> HOURS = new CommandBuilder(NAME)
            .argument("cutoverHours", String.class)
            .description("When the cutover may begin, as \"22:00-05:00 Europe/Berlin\"; at once if left out")
            .build();
    private static final CommandArgumentDefinition<String> MAX_PAUSE = new CommandBuilder(NAME)
            .argument("maxPause", String.class)
            .description(
                    "The longest an application statement may wait; what the conversion was begun with if left out")
            .build();
    private static final CommandArgumentDefinition<Boolean> CATCH_UP = new CommandBuilder(NAME)
            .argument("catchUpOnly", Boolean.class)
            .defaultValue(false)
            .description("true: replay what has changed, so that the log of changes stays small, and go on waiting")
            .build();

    public CutoverCommandStep() {
        super(NAME, "Let a conversion that waits for its cutover go on");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        boolean catchUpOnly = scope.getArgumentValue(CATCH_UP);
        Optional<CutoverHours> hours = read(scope, HOURS, "--cutover-hours", CutoverHours::parse);
        Optional<Duration> pause = read(scope, MAX_PAUSE, "--max-pause", CutoverCommandStep::pause);
        return Answer.lines(
                tables(scope, TABLE, database).stream()
                        .map(table -> line(
                                table,
                                catchUpOnly
                                        ? tidemark.catchUp(table)
                                        : tidemark.cutover(new CutoverRequest(table, pause, hours))))
                        .toList(),
                "");
    }

    private static String line(TableName table, Outcome outcome) {
        return table + ": " + UiListener.totals(outcome);
    }

    private static Duration pause(String text) {
        Duration pause = Interval.parse(text).roughly();
        if (pause.compareTo(Options.SHORTEST_PAUSE) < 0) {
            throw new IllegalArgumentException("the shortest is " + Options.SHORTEST_PAUSE.toMillis() + " ms");
        }
        return pause;
    }

    private static <T> Optional<T> read(
            CommandScope scope, CommandArgumentDefinition<String> argument, String option, Function<String, T> parser) {
        String given = scope.getArgumentValue(argument);
        try {
            return Optional.ofNullable(given).map(parser);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new Refused(option + "=" + given + " cannot be used: " + e.getMessage() + ".", e);
        }
    }
}
