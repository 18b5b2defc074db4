package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liquibase.command.CommandArgumentDefinition;
import liquibase.command.CommandBuilder;
import liquibase.command.CommandScope;
import liquibase.database.Database;

/**
 * {@code liquibase tidemark verify}: proves a conversion again, one line a proof, or writes the proofs as a script for psql. Exits with 1 when one does not
 * hold.
 */
public class VerifyCommandStep extends TidemarkCommandStep {
    private static final String[] NAME = name("verify");
    private static final CommandArgumentDefinition<String> TABLE =
            tableArgument(NAME, true, "The table, schema.table; several separated by commas");
    private static final CommandArgumentDefinition<Boolean> REPAIR = new CommandBuilder(NAME)
            .argument("repair", Boolean.class)
            .description("Make rows that differ equal, in the table that the application does not use")
            .defaultValue(false)
            .build();
    private static final CommandArgumentDefinition<Integer> WORKERS = new CommandBuilder(NAME)
            .argument("workers", Integer.class)
            .description("Connections that read side by side")
            .defaultValue(Tuning.DEFAULT_WORKERS)
            .build();
    private static final CommandArgumentDefinition<String> PROOF_FILE = new CommandBuilder(NAME)
            .argument("proofFile", String.class)
            .description("Instead of proving, write the proofs there as SQL, for anybody to run with psql")
            .build();

    public VerifyCommandStep() {
        super(NAME, "Prove a conversion again, now");
    }

    @Override
    Answer answer(Tidemark tidemark, CommandScope scope, Database database) {
        List<TableName> tables = tables(scope, TABLE, database);
        Optional<Path> file = file(scope);
        if (file.isPresent()) {
            write(file.get(), tables.stream().map(tidemark::proofScript).collect(Collectors.joining()));
            return Answer.good("Written to " + file.get() + ". Run it with psql -f: a line for each proof that holds,"
                    + " exit code 3 at the first that does not.\n");
        }
        return Answer.lines(
                tables.stream().flatMap(table -> proved(tidemark, scope, table)).toList(), "Nothing was to be proved.");
    }

    private static Stream<String> proved(Tidemark tidemark, CommandScope scope, TableName table) {
        Tuning tuning = new Tuning(Options.DEFAULTS.maxPause(), scope.getArgumentValue(WORKERS));
        return tidemark.verify(new VerifyRequest(table, scope.getArgumentValue(REPAIR), tuning)).proofs().stream()
                .map(proof -> "holds: " + proof);
    }

    private static Optional<Path> file(CommandScope scope) {
        String given = scope.getArgumentValue(PROOF_FILE);
        try {
            return Optional.ofNullable(given).map(Path::of);
        } catch (InvalidPathException e) {
            throw new Refused("--proof-file=" + given + " is no name of a file: " + e.getMessage(), e);
        }
    }

    private static void write(Path file, String script) {
        try {
            Files.writeString(file, script);
        } catch (IOException e) {
            throw new Refused(file + " cannot be written: " + e + ". Name another --proof-file.", e);
        }
    }
}
