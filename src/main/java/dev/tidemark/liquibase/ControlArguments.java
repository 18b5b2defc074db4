package dev.tidemark.liquibase;

import dev.tidemark.journal.Control;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Limit;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;

/** {@code --workers} and the limits, which both {@code pause} and {@code resume} take. */
final class ControlArguments {
    /** Takes a setting back. */
    private static final String DEFAULT = "default";

    private final CommandArgumentDefinition<String> workers;
    private final Map<Limit, CommandArgumentDefinition<String>> limits = new EnumMap<>(Limit.class);

    private ControlArguments(String[] name) {
        workers = argument(name, "workers", "How many workers copy, 0 for none; default for what was configured");
        for (Limit limit : Limit.values()) {
            limits.put(
                    limit,
                    argument(
                            name,
                            limit.attribute(),
                            meaning(limit) + "; off for no limit, default for " + limit.words(limit.ifUnset())));
        }
    }

    /** Defines them for a command. */
    static ControlArguments of(String[] name) {
        return new ControlArguments(name);
    }

    private static CommandArgumentDefinition<String> argument(String[] name, String argument, String description) {
        return new CommandBuilder(name)
                .argument(argument, String.class)
                .description(description)
                .build();
    }

    private static String meaning(Limit limit) {
        return switch (limit) {
            case REPLICA_LAG -> "Rest while a replica is further behind than this, as 10 seconds";
            case SLOT_WAL -> "Rest while a slot that nobody reads holds back more write-ahead log than this, as 4 GB";
            case WAL_RATE -> "Rest while the server writes more write-ahead log in a second than this, as 64 MB";
            case ARCHIVE_BACKLOG -> "Rest while more files than this wait to be archived, or archiving fails";
            case AUTOVACUUMS -> "Rest while more autovacuum workers than this work on the table";
            case PROBE -> "Rest while a commit takes longer than this, as 250 ms";
            case LOG ->
                "Take the run back when the log of changes of a table is larger than this before the cutover, as 4 GB";
            case DISK_RESERVE -> "Stop when less than this is free on a disk, as 10 GB";
        };
    }

    /** What was given. @throws Refused with the argument that cannot be used */
    ControlChange read(CommandScope scope) {
        ControlChange change = ControlChange.NONE;
        String number = scope.getArgumentValue(workers);
        if (number != null) {
            change = change.workers(workers(number.strip()));
        }
        for (Map.Entry<Limit, CommandArgumentDefinition<String>> argument : limits.entrySet()) {
            Limit limit = argument.getKey();
            String value = scope.getArgumentValue(argument.getValue());
            if (value != null) {
                change = value.strip().equals(DEFAULT) ? change.unset(limit) : set(change, limit, value);
            }
        }
        return change;
    }

    private static ControlChange set(ControlChange change, Limit limit, String value) {
        try {
            return change.limit(limit, limit.parse(value));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new Refused(limit.option() + "=" + value + " cannot be used: " + e.getMessage() + ".", e);
        }
    }

    private static OptionalInt workers(String text) {
        if (text.equals(DEFAULT)) {
            return OptionalInt.empty();
        }
        if (!text.matches("\\d{1,3}")) {
            throw new Refused(
                    "--workers=" + text + " cannot be used: write a number from 0 to 999, or \"" + DEFAULT + "\".");
        }
        return OptionalInt.of(Integer.parseInt(text));
    }

    /** One line of an answer. */
    static String line(TableName table, String prefix, Control control) {
        return table + ": " + prefix + control + ".";
    }
}
