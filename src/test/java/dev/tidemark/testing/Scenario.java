package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A folder of {@code changelogs}: start state, changelog, and what is run around it. The same files are example, fixture and documentation. */
public record Scenario(Path directory) {

    private static final Pattern USUAL_ROWS =
            Pattern.compile("current_setting\\('scenario\\.rows', true\\), ''\\), '(\\d+)'\\)");

    private static final Pattern STATEMENT = Pattern.compile(
            "^-- (?<title>[^\\n]*)\\n(?<sql>(?!--|\\n).*?)(?=\\n\\n|\\z)", Pattern.MULTILINE | Pattern.DOTALL);

    /** One statement of a file of statements, with the comment above it. */
    public record Statement(String title, String sql) {}

    /** The scenario of that name. @throws IllegalArgumentException with the names there are, if it is none of them */
    public static Scenario named(String name) {
        Path folder = Path.of("changelogs");
        Path directory = folder.resolve(name);
        if (Files.exists(directory.resolve("before.sql"))) {
            return new Scenario(directory);
        }
        try (Stream<Path> scenarios = Files.list(folder)) {
            List<String> names =
                    scenarios.map(p -> p.getFileName().toString()).sorted().toList();
            throw new IllegalArgumentException("there is no scenario \"" + name + "\"; there are " + names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return directory.getFileName().toString();
    }

    public String file(String name) {
        try {
            return Files.readString(directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The statements of a file in which they are separated by empty lines. */
    public List<Statement> statements(String name) {
        return STATEMENT
                .matcher(file(name))
                .results()
                .map(m -> new Statement(m.group(1).strip(), m.group(2).strip()))
                .toList();
    }

    /** Makes the start state in an empty database. */
    public void load(Database database, long rows) {
        database.execute("SET scenario.rows = '" + rows + "';\n" + file("before.sql"));
    }

    /** Rows that {@code before.sql} makes of the main table unless told otherwise. */
    public long usualRows() {
        return USUAL_ROWS
                .matcher(file("before.sql"))
                .results()
                .mapToLong(m -> Long.parseLong(m.group(1)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(directory + "/before.sql does not ask for scenario.rows"));
    }

    /** The tag that its first phase ends with: what the way back of the conversion leads to. */
    public String before() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.startsWith("v1-"))
                    .map(f -> f.replaceFirst("\\.\\w+$", ""))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(directory + " has no phase v1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tables that its second phase converts by that strategy, in its order, each with its time column. */
    public Map<String, String> tables(String strategy) {
        Path common = directory.resolve("v2-convert.xml");
        NodeList elements = elements(Files.exists(common) ? common : directory.resolve("v2-" + strategy + ".xml"));
        Map<String, String> timeColumns = new LinkedHashMap<>();
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            if (element.hasAttribute("timeColumn")) {
                timeColumns.put(element.getAttribute("tableName"), element.getAttribute("timeColumn"));
            }
        }
        return timeColumns;
    }

    private static NodeList elements(Path changelog) {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            return factory.newDocumentBuilder()
                    .parse(changelog.toFile())
                    .getElementsByTagNameNS("http://tidemark.dev/xml/ns/tidemark", "*");
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException(changelog + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
