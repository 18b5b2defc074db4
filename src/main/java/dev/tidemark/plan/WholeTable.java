package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds in SQL, be it a statement or the body of a function, what means the rows that a table stores itself: a table in parts stores none. A look at the
 * text, no parser.
 */
final class WholeTable {
    private static final String NAMED =
            "(?:(" + ConflictTarget.NAME + ")\\s*\\.\\s*)?(" + ConflictTarget.NAME + ")(?![\\w$(])";

    private static final Pattern COPY =
            Pattern.compile("\\bcopy\\s+" + NAMED + "\\s*(?:\\([^()]*\\)\\s*)?to\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern ONLY = Pattern.compile(
            "(\\bfrom|\\bjoin|\\bupdate|\\btruncate|\\btable|,)\\s+only\\s*\\(?\\s*" + NAMED, Pattern.CASE_INSENSITIVE);

    private final TableName table;

    WholeTable(TableName table) {
        this.table = table;
    }

    /** Each as an excerpt without values. */
    List<String> in(String text) {
        String code = ConflictTarget.COMMENT.matcher(text).replaceAll(" ");
        List<String> found = new ArrayList<>();
        Matcher copy = COPY.matcher(code);
        while (copy.find()) {
            if (isOurs(copy.group(1), copy.group(2))) {
                found.add("COPY " + name(copy.group(1), copy.group(2)) + " TO");
            }
        }
        Matcher only = ONLY.matcher(code);
        while (only.find()) {
            if (isOurs(only.group(2), only.group(3)) && !isGenerated(only.group(2), only.group(3))) {
                String before = only.group(1).toUpperCase(Locale.ROOT);
                found.add((before.equals(",") ? "" : before + " ") + "ONLY " + name(only.group(2), only.group(3)));
            }
        }
        return found;
    }

    /** Foreign keys read their tables like this, and so do we; people who say ONLY rarely quote what needs no quotes, twice. */
    private static boolean isGenerated(@Nullable String schema, String name) {
        return schema != null && schema.startsWith("\"") && name.startsWith("\"");
    }

    private static String name(@Nullable String schema, String name) {
        return (schema == null ? "" : schema + ".") + name;
    }

    private boolean isOurs(@Nullable String schema, String name) {
        return ConflictTarget.stored(name).equals(table.name())
                && (schema == null || ConflictTarget.stored(schema).equals(table.schema()));
    }
}
