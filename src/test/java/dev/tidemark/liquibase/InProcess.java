package dev.tidemark.liquibase;

import dev.tidemark.testing.Database;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import liquibase.Scope;
import liquibase.command.CommandScope;
import liquibase.resource.DirectoryResourceAccessor;

/** Commands of Liquibase in the tests' own process, for what is printed and what it does to the database; kills need a process of its own. */
final class InProcess {
    private InProcess() {}

    /**
     * Runs a command and returns what it printed.
     *
     * @param directory where changelogs are looked for
     * @param command its words, such as {@code tidemark plan}
     */
    static String liquibase(Path directory, Database database, String command, Map<String, Object> arguments)
            throws Exception {
        AtomicReference<String> printed = new AtomicReference<>("");
        Scope.child(Map.of(Scope.Attr.resourceAccessor.name(), new DirectoryResourceAccessor(directory)), () -> {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            CommandScope scope = new CommandScope(command.split(" "));
            scope.addArgumentValue("url", database.jdbcUrl())
                    .addArgumentValue("username", database.server().user())
                    .addArgumentValue("password", database.server().password());
            arguments.forEach(scope::addArgumentValue);
            scope.setOutput(output);
            scope.execute();
            printed.set(output.toString(StandardCharsets.UTF_8));
        });
        return printed.get();
    }
}
