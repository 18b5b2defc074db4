package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Runbook;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
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
            .description(
                    "What to convert to: hypertable, partitions or plain; or drainDefault or splitHistory, which exchange a partition of the table")
            .build();

    /** By the word that asks for it. */
    private static final Map<String, Supplier<ConversionChange>> GOALS = new LinkedHashMap<>();

    static {
        GOALS.put("hypertable", ConvertToHypertableChange::new);
        GOALS.put("partitions", ConvertToPartitionsChange::new);
        GOALS.put("plain", ConvertToPlainTableChange::new);
        GOALS.put(ConversionRequest.DRAIN_DEFAULT, DrainDefaultChange::new);
        GOALS.put(ConversionRequest.SPLIT_HISTORY, SplitHistoryChange::new);
    }

    /** The attributes of the change, as {@code --time-column} and so on. */
    private static final Map<String, CommandArgumentDefinition<String>> ATTRIBUTES = new LinkedHashMap<>();

    static {
        attribute("timeColumn", "The column that holds the time by which rows belong to a chunk or partition");
        attribute("epoch", "The unit of an integer time column: s, ms, us or ns");
        attribute(
                "chunkInterval", "Of hypertables: the width of new chunks; that of the present partitions if left out");
        attribute("retention", "How long chunks or partitions are kept; for ever if left out");
        attribute("compressAfter", "Of hypertables: the age at which chunks are compressed; never if left out");
        attribute("segmentBy", "Of hypertables: columns that compression segments by");
        attribute("orderBy", "Of hypertables: what compression orders by");
        attribute("interval", "Of partitions: their width; if left out 1 day, of an exchange that of the present ones");
        attribute(
                "timeZone",
                "Of partitions: the zone whose days and months they follow; if left out UTC, of an exchange that of the present ones");
        attribute("premake", "Of partitions: how many are made ahead of now; 30 if left out");
        attribute("partitionName", "Of partitions: the pattern of their names");
        attribute("partition", "Of splitHistory: which partition; the one that is wider than the others if left out");
        attribute("defaultPartition", "Of partitions: whether there is a DEFAULT one; false if left out");
        attribute("copySince", "Of partitions: how far back rows are copied, as 15 days; all if left out");
        attribute(
                "keyGuard", "Of partitions: whether triggers keep the key unique that is extended; false if left out");
        attribute("retentionMode", "Of partitions: drop, detach or move those that are too old; drop if left out");
        attribute("retentionGrace", "Of partitions: how long detached ones are kept; for ever if left out");
        attribute("retentionSchema", "Of partitions: where they are moved");
        attribute("managedBy", "Of partitions: tidemark, pg_partman or none; tidemark if left out");
        attribute("retiredName", "The name the old table gets; its own with _old if left out");
        attribute("strategy", "auto, attach, adopt or copy; auto if left out");
        attribute("maxPause", "The longest an application statement may wait; 2 seconds if left out");
        attribute("foreignKeys", "refuse, trigger or drop; refuse if left out");
        attribute("keys", "extend or refuse; extend if left out");
        attribute("includeDetached", "Whether partitions detached and kept become chunks too; false if left out");
        attribute("dropExpired", "Whether retention may drop what was only detached so far; false if left out");
        attribute("policies", "afterFinalize or now; afterFinalize if left out");
        attribute("verify", "contents, storage or none; contents for copies and storage for the rest if left out");
        attribute("acceptUnverified", "Must be true for verify none");
        attribute("workers", "Connections that copy side by side, 1 to 64; 2 if left out");
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
        Plan plan = change(scope, database).workOn(database).plan(tidemark);
        return new Answer(Runbook.of(plan), plan.isGo() ? Optional.empty() : Optional.of(Runbook.firstLine(plan)));
    }

    /** The change that the arguments describe, so that both are read and refused alike. */
    private static ConversionChange change(CommandScope scope, Database database) {
        String goal = String.valueOf(scope.getArgumentValue(TO));
        Supplier<ConversionChange> kind = GOALS.get(goal);
        if (kind == null) {
            throw new Refused(
                    "--to=" + goal + " cannot be used: allowed are " + String.join(", ", GOALS.keySet()) + ".");
        }
        ConversionChange change = kind.get();
        List<TableElement> elements = name(change, tables(scope, TABLE, database), goal);
        Set<String> perTable = elements.isEmpty() ? Set.of() : elements.get(0).attributes();
        Set<String> ofAll = change.getSerializableFields();
        ATTRIBUTES.forEach((name, argument) -> {
            String value = scope.getArgumentValue(argument);
            if (value == null) {
                return;
            }
            if (perTable.contains(name)) {
                elements.forEach(element -> ObjectUtil.setProperty(element, name, value));
            } else if (ofAll.contains(name)) {
                ObjectUtil.setProperty(change, name, value);
            } else {
                throw new Refused(
                        "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT) + " does not go with --to="
                                + goal + ". Leave it out; it is an attribute of another conversion.");
            }
        });
        return change;
    }

    /** Tells a change its tables; those of a change of layout have attributes of their own. */
    private static List<TableElement> name(ConversionChange change, List<TableName> tables, String goal) {
        List<TableElement> elements = new ArrayList<>();
        if (change instanceof LayoutChange<?> layout) {
            for (TableName table : tables) {
                TableElement element = layout.addTable();
                element.setSchemaName(table.schema());
                element.setTableName(table.name());
                elements.add(element);
            }
            return elements;
        }
        if (tables.size() > 1) {
            throw new Refused("--to=" + goal + " is about a partition of one table, and --table names " + tables.size()
                    + ". Name one.");
        }
        change.setSchemaName(tables.get(0).schema());
        change.setTableName(tables.get(0).name());
        return elements;
    }
}
