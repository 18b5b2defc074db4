package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Runbook;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;
import liquibase.util.ObjectUtil;

/** {@code liquibase tidemark plan}: the runbook of a conversion that stands in no changelog yet. Exits with 1 on NO-GO. */
public class PlanCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("plan");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "The table, schema.table; several separated by commas are converted together");
    private static final CommandArgumentDefinition<String> TO = new CommandBuilder(NAME)
            .argument("to", String.class)
            .required()
            .description("What to convert to: hypertable")
            .build();

    /** The attributes of the change, as {@code --time-column} and so on. */
    private static final Map<String, CommandArgumentDefinition<String>> ATTRIBUTES = new LinkedHashMap<>();

    static {
        attribute("timeColumn", "The column that holds the time by which rows belong to a chunk");
        attribute("epoch", "The unit of an integer time column: s, ms, us or ns");
        attribute("chunkInterval", "The width of new chunks; the width of the present partitions if left out");
        attribute("retention", "How long chunks are kept; for ever if left out");
        attribute("compressAfter", "The age at which chunks are compressed; never if left out");
        attribute("segmentBy", "Columns that compression segments by");
        attribute("orderBy", "What compression orders by");
        attribute("strategy", "auto, attach, adopt or copy; auto if left out");
        attribute("maxPause", "The longest an application statement may wait; 2 seconds if left out");
        attribute("foreignKeys", "refuse, trigger or drop; refuse if left out");
        attribute("keys", "extend or refuse; extend if left out");
        attribute("includeDetached", "Whether partitions detached and kept become chunks too; false if left out");
        attribute("dropExpired", "Whether retention may drop what was only detached so far; false if left out");
        attribute("policies", "afterFinalize or now; afterFinalize if left out");
        attribute("verify", "contents, storage or none; storage if left out");
        attribute("acceptUnverified", "Must be true for verify none");
    }

    public PlanCommandStep() {
        super(NAME, "Show what a conversion would do, how long anybody would wait, and GO or NO-GO");
    }

    private static void attribute(String name, String description) {
        ATTRIBUTES.put(
                name,
                new CommandBuilder(NAME)
                        .argument(name, String.class)
                        .description(description)
                        .build());
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        if (!"hypertable".equals(scope.getArgumentValue(TO))) {
            throw new Refused("--to=" + scope.getArgumentValue(TO) + " cannot be used: allowed is hypertable.");
        }
        Work.Convert work = (Work.Convert) change(scope, database).workOn(database);
        Plan plan = tidemark.plan(work.request());
        return new Answer(Runbook.of(plan), plan.isGo() ? Optional.empty() : Optional.of(Runbook.firstLine(plan)));
    }

    /** The change that the arguments describe, so that both are read and refused alike. */
    private static ConvertToHypertableChange change(CommandScope scope, Database database) {
        ConvertToHypertableChange change = new ConvertToHypertableChange();
        Set<String> perTable = TableElement.attributes();
        for (TableName table : tables(scope, TABLE, database)) {
            TableElement element = new TableElement();
            element.setSchemaName(table.schema());
            element.setTableName(table.name());
            change.getTables().add(element);
        }
        ATTRIBUTES.forEach((name, argument) -> {
            String value = scope.getArgumentValue(argument);
            if (value != null && perTable.contains(name)) {
                change.getTables().forEach(element -> ObjectUtil.setProperty(element, name, value));
            } else if (value != null) {
                ObjectUtil.setProperty(change, name, value);
            }
        });
        return change;
    }
}
