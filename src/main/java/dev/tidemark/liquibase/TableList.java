package dev.tidemark.liquibase;

import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code --table=schema.table[,...]}: names exactly as stored; those with a dot, a comma or a quote in double quotes. */
final class TableList {
    private static final String PART = "\"(?:[^\"]|\"\")+\"|[^\".,]+";
    private static final Pattern NAME = Pattern.compile("\\s*(?:(" + PART + ")\\.)?(" + PART + ")\\s*(,|$)");

    private TableList() {}

    static List<TableName> parse(String text, String defaultSchema) {
        List<TableName> tables = new ArrayList<>();
        Matcher name = NAME.matcher(text);
        int end = 0;
        boolean more = true;
        while (more) {
            name.region(end, text.length());
            if (!name.lookingAt()) {
                throw new Refused("--table=" + text
                        + " cannot be used: write it like public.fixes or public.fixes,public.raw_messages, names with a dot or a comma in"
                        + " double quotes.");
            }
            tables.add(new TableName(plain(name.group(1), defaultSchema), plain(name.group(2), "")));
            more = !name.group(3).isEmpty();
            end = name.end();
        }
        return List.copyOf(tables);
    }

    private static String plain(@Nullable String part, String ifNone) {
        if (part == null) {
            return ifNone;
        }
        String stripped = part.strip();
        return stripped.startsWith("\"")
                ? stripped.substring(1, stripped.length() - 1).replace("\"\"", "\"")
                : stripped;
    }
}
