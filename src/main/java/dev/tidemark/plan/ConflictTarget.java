package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in SQL, be it a statement or the body of a function, inserts into a table that name exactly some columns in ON CONFLICT. PostgreSQL looks for a
 * unique index on just these.
 *
 * <p>A look at the text, no parser: an insert into a table whose name is put together when it runs counts as one into this table, because rather one too many is
 * named than one too few.
 */
final class ConflictTarget {
    /** A name, quoted or not. */
    static final String NAME = "(?:\"(?:[^\"]|\"\")+\"|[\\p{L}_][\\p{L}\\p{N}_$]*)";

    static final Pattern COMMENT = Pattern.compile("--[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);
    /** Groups: the schema and the table, none where it is no name; what comes before the next insert. */
    private static final Pattern INSERT = Pattern.compile(
            "\\binsert\\s+into\\s+(?:(?:(" + NAME + ")\\s*\\.\\s*)?(" + NAME
                    + ")(?![\\w$(]))?((?:(?!\\binsert\\s+into\\b).)*)",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern CONFLICT = Pattern.compile(
            "\\bon\\s+conflict\\s*\\(([^()]*)\\)[^;]*?\\bdo\\s+(nothing|update)",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern COLUMN = Pattern.compile("\\s*(" + NAME + ")(\\s.*)?", Pattern.DOTALL);

    private final TableName table;
    private final Set<String> columns;

    ConflictTarget(TableName table, List<String> columns) {
        this.table = table;
        this.columns = Set.copyOf(columns);
    }

    /** Each as an excerpt without values. */
    List<String> in(String text) {
        List<String> found = new ArrayList<>();
        Matcher insert = INSERT.matcher(COMMENT.matcher(text).replaceAll(" "));
        while (insert.find()) {
            Matcher conflict = CONFLICT.matcher(insert.group(3));
            if (isOurs(insert.group(1), insert.group(2))
                    && conflict.find()
                    && columns.equals(named(conflict.group(1)))) {
                found.add("INSERT INTO "
                        + (insert.group(2) == null
                                ? "…"
                                : (insert.group(1) == null ? "" : insert.group(1) + ".") + insert.group(2))
                        + " … ON CONFLICT (" + conflict.group(1).strip().replaceAll("\\s+", " ") + ") DO "
                        + conflict.group(2).toUpperCase(Locale.ROOT));
            }
        }
        return found;
    }

    private boolean isOurs(String schema, String name) {
        if (name == null) {
            return true;
        }
        return stored(name).equals(table.name())
                && (schema == null || stored(schema).equals(table.schema()));
    }

    /** Without what may stand beside a column: a collation, an operator class. */
    private static Set<String> named(String list) {
        Set<String> names = new HashSet<>();
        for (String part : list.split(",", -1)) {
            Matcher column = COLUMN.matcher(part);
            names.add(column.matches() ? stored(column.group(1)) : part);
        }
        return names;
    }

    /** A name as PostgreSQL stores it. */
    static String stored(String name) {
        return name.startsWith("\"")
                ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                : name.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return Sql.of("ON CONFLICT (%I)", List.copyOf(columns)).text();
    }
}
