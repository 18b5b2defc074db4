package dev.tidemark.liquibase;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import liquibase.parser.core.ParsedNode;
import liquibase.parser.core.ParsedNodeException;

/**
 * Refuses what Liquibase would drop silently from YAML and JSON: unknown keys, keys given twice, text where attributes belong.
 *
 * <p>XML is held to the XSD before it gets here. Names must match exactly: Liquibase ignores their case on a change but not in nested elements.
 */
final class StrictNode {
    static final String TABLE = "table";
    static final String TABLES = "tables";

    private StrictNode() {}

    /** Checks that every child of {@code node} is one of {@code attributes}, given once and a single value. */
    static void checkAttributes(ParsedNode node, String element, Set<String> attributes) throws ParsedNodeException {
        checkChildren(node, element, attributes, Set.of());
    }

    /** The same, with {@code tables: [ - table: {...} ]} or XML's nested {@code table} among the attributes. */
    static void checkWithTables(ParsedNode node, String element, Set<String> attributes) throws ParsedNodeException {
        checkChildren(node, element, attributes, Set.of(TABLES, TABLE));
        for (ParsedNode list : node.getChildren(null, TABLES)) {
            for (ParsedNode entry : list.getChildren()) {
                if (!entry.getName().equals(TABLE)) {
                    throw new ParsedNodeException(element + ": \"" + entry.getName()
                            + "\" stands directly in a list entry of tables. Write each entry as \"- table:\" with its attributes below it,"
                            + " or Liquibase merges all entries into one.");
                }
            }
            refuseText(list, element + ": tables");
        }
    }

    private static void checkChildren(ParsedNode node, String element, Set<String> attributes, Set<String> nested)
            throws ParsedNodeException {
        refuseText(node, element);
        Set<String> seen = new HashSet<>();
        for (ParsedNode child : node.getChildren()) {
            String name = child.getName();
            if (nested.contains(name)) {
                if (name.equals(TABLES) && !seen.add(name)) {
                    throw twice(element, name);
                }
                continue;
            }
            if (!attributes.contains(name)) {
                throw new ParsedNodeException(element + ": \"" + name + "\" is not an attribute. Allowed are "
                        + String.join(", ", new TreeSet<>(attributes)) + ".");
            }
            if (!seen.add(name)) {
                throw twice(element, name);
            }
            if (!child.getChildren().isEmpty() || child.getValue() instanceof Iterable) {
                throw new ParsedNodeException(element + ": " + name
                        + " takes one value, not a list or a map. Several columns are written \"a, b\".");
            }
        }
    }

    private static void refuseText(ParsedNode node, String element) throws ParsedNodeException {
        if (node.getValue() != null) {
            throw new ParsedNodeException(
                    element + ": \"" + node.getValue() + "\" stands where attributes belong. Write it as name: value.");
        }
    }

    private static ParsedNodeException twice(String element, String name) {
        return new ParsedNodeException(element + ": " + name
                + " is given twice in one element. Give it once; in YAML each table needs its own \"- table:\".");
    }
}
