package dev.tidemark.liquibase;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import liquibase.Scope;
import liquibase.changelog.ChangeLogParameters;
import liquibase.changelog.ChangeSet;
import liquibase.command.CommandScope;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.parser.ChangeLogParserFactory;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.resource.CompositeResourceAccessor;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.resource.ResourceAccessor;

/** Changelogs read by Liquibase itself, in this JVM, with no server behind them. */
final class Changelogs {
    private static final String HEAD =
            """
            <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" xmlns:tidemark="http://tidemark.dev/xml/ns/tidemark"
                xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd
                    http://tidemark.dev/xml/ns/tidemark http://tidemark.dev/xml/ns/tidemark/tidemark-1.0.xsd">
            """;

    private final Path directory;

    Changelogs(Path directory) {
        this.directory = directory;
    }

    /** An XML changelog with one changeSet. */
    String xml(String change) {
        return xml("runInTransaction=\"false\"", change);
    }

    String xml(String changeSetAttributes, String changes) {
        return file(
                "changelog.xml",
                HEAD + "<changeSet id=\"1\" author=\"test\" " + changeSetAttributes + ">" + changes
                        + "</changeSet></databaseChangeLog>");
    }

    /** An XML changelog with a changeSet for each change. */
    String each(String... changes) {
        StringBuilder text = new StringBuilder(HEAD);
        for (int i = 0; i < changes.length; i++) {
            text.append("<changeSet id=\"").append(i + 1).append("\" author=\"test\" runInTransaction=\"false\">");
            text.append(changes[i]).append("</changeSet>");
        }
        return file("changelog.xml", text.append("</databaseChangeLog>").toString());
    }

    /** A YAML changelog with one change. */
    String yaml(String change) {
        return file(
                "changelog.yaml",
                """
                databaseChangeLog:
                  - changeSet:
                      id: 1
                      author: test
                      runInTransaction: false
                      changes:
                """
                        + change.indent(8));
    }

    private String file(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
            return name;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The changeSets of a changelog, here or beside this class. */
    List<ChangeSet> parse(String changelog) throws Exception {
        return inScope(() -> ChangeLogParserFactory.getInstance()
                .getParser(changelog, resources())
                .parse(changelog, new ChangeLogParameters(offline()), resources())
                .getChangeSets());
    }

    /** What the command writes to its output. */
    String run(String command, String changelog, String url) throws Exception {
        return inScope(() -> {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            new CommandScope(command)
                    .addArgumentValue("url", url)
                    .addArgumentValue("changelogFile", changelog)
                    .setOutput(output)
                    .execute();
            return output.toString(UTF_8);
        });
    }

    /** Offline, with an empty history that is not written. */
    String offlineUrl(String product) {
        return "offline:" + product + "?changeLogFile=" + directory.resolve("history.csv") + "&outputLiquibaseSql=none";
    }

    Database offline() throws Exception {
        return DatabaseFactory.getInstance().openDatabase(offlineUrl("postgresql"), null, null, null, resources());
    }

    private ResourceAccessor resources() throws IOException {
        return new CompositeResourceAccessor(
                new DirectoryResourceAccessor(directory),
                new ClassLoaderResourceAccessor(getClass().getClassLoader()));
    }

    private <T> T inScope(Callable<T> work) throws Exception {
        AtomicReference<T> result = new AtomicReference<>();
        Scope.child(Map.of(Scope.Attr.resourceAccessor.name(), resources()), () -> result.set(work.call()));
        return result.get();
    }
}
