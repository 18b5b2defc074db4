package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.ChangeLog;
import dev.tidemark.journal.RunStatus;
import dev.tidemark.plan.Figures;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark status}: the conversions in the journal, newest first. */
public class StatusCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("status");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, false, "The table, schema.table; all if left out");

    public StatusCommandStep() {
        super(NAME, "Show which conversions were made, are under way or wait for somebody");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        Stream<RunStatus> runs = tables.isEmpty()
                ? tidemark.status(Optional.empty()).stream()
                : tables.stream()
                        .flatMap(table -> tidemark.status(Optional.of(table)).stream())
                        .distinct();
        Stream<String> orphans = tables.isEmpty()
                ? tidemark.orphans(Optional.empty()).stream()
                : tables.stream().flatMap(table -> tidemark.orphans(Optional.of(table)).stream());
        return Answer.lines(
                Stream.concat(runs.map(run -> line(tidemark, run)), orphans).toList(),
                "The journal knows no conversion.");
    }

    private static String line(Tidemark tidemark, RunStatus run) {
        StringBuilder line = new StringBuilder("run " + run.id() + ": " + run.kind() + " of "
                + run.tables().stream().map(TableName::toString).collect(Collectors.joining(", ")) + " by "
                + run.strategy() + ": "
                + AttributeReader.words(run.state()) + ", " + run.stepsDone() + " of " + run.steps()
                + " steps, started " + run.started());
        run.cutover().ifPresent(time -> line.append(", cutover ").append(time));
        run.finished().ifPresent(time -> line.append(", finished ").append(time));
        if (run.state().isUnfinished()) {
            run.currentStep().ifPresent(step -> line.append(", at ").append(step));
            line.append(", ").append(tidemark.control(run));
        }
        tidemark.changeLogs(run).forEach(log -> line.append(", ").append(words(log)));
        if (run.state().isUnfinished()) {
            line.append(". ").append(advice(run));
        }
        return line.append('.').toString();
    }

    private static String words(ChangeLog log) {
        return log.full()
                ? "log of changes of " + log.table()
                        + " FULL: nothing has been recorded since, so it can only be taken back"
                : "log of changes of " + log.table() + (log.wayBack() ? " for the way back " : " ")
                        + Figures.size(log.bytes());
    }

    private static String advice(RunStatus run) {
        return switch (run.state()) {
            case WAITING_FOR_CUTOVER ->
                "Run liquibase tidemark cutover --table=" + run.tables().get(0).name()
                        + ", or apply a cutoverConversion, to go on, or liquibase tidemark abort to take it back";
            case UNDOING -> "Run the rollback again, or liquibase tidemark abort, to take back the rest";
            default ->
                run.ready().isPresent()
                        ? "Run liquibase tidemark cutover again to go on, or liquibase tidemark abort to take it back"
                        : "Run liquibase update again to go on, or liquibase tidemark abort to take it back";
        };
    }
}
