package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.maintenance.PartitionHealth;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/** {@code liquibase tidemark health}: how the partitions are that Tidemark manages. Exits with 1 where one set is red. */
public class HealthCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("health");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, false, "The table, schema.table; all if left out");

    public HealthCommandStep() {
        super(NAME, "Show whether there are partitions for the rows to come, and what retention does next");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        List<PartitionHealth> health = tables.isEmpty()
                ? tidemark.health(Optional.empty())
                : tables.stream()
                        .flatMap(table -> tidemark.health(Optional.of(table)).stream())
                        .toList();
        Answer answer = Answer.lines(
                health.stream().map(PartitionHealth::toString).toList(), "Tidemark manages no partitions here.");
        String red = health.stream()
                .filter(h -> h.verdict() == PartitionHealth.Verdict.RED)
                .map(PartitionHealth::table)
                .collect(Collectors.joining(", "));
        return red.isEmpty() ? answer : new Answer(answer.text(), Optional.of("Partitions are missing: " + red + "."));
    }
}
