package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in SQL what groups by a table's key alone and selects more than that, which PostgreSQL allows because the key decides the rest of the row. A look at the
 * text, no parser: rather one too many is named than one too few.
 */
final class GroupedByKey {
    private static final String COLUMN = "(?:" + ConflictTarget.NAME + "\\s*\\.\\s*){0,2}(" + ConflictTarget.NAME + ")";
    /** Groups: what is selected, what it comes from, what it is grouped by. */
    private static final Pattern GROUPED = Pattern.compile(
            "\\bselect\\s((?:(?!\\bselect\\b|\\bfrom\\b).)*)\\bfrom\\b((?:(?!\\bselect\\b|;).)*?)\\bgroup\\s+by\\s+\\(?\\s*("
                    + COLUMN + "(?:\\s*,\\s*" + COLUMN + ")*)",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern ITEM = Pattern.compile(
            "\\s*" + COLUMN + "(?:\\s+(?:as\\s+)?" + ConflictTarget.NAME + ")?\\s*", Pattern.CASE_INSENSITIVE);
    /** Groups: the function, what it takes. */
    private static final Pattern CALL = Pattern.compile("([\\p{L}_][\\w$]*)?\\s*\\(([^()]*)\\)");

    private static final Pattern AGGREGATES = Pattern.compile(
            "count|sum|avg|min|max|every|bool_\\w+|bit_\\w+|\\w+_agg|stddev\\w*|var\\w*|percentile_\\w+|mode|corr|regr_\\w+",
            Pattern.CASE_INSENSITIVE);
    /** Literals, types and new names. */
    private static final Pattern NO_COLUMN =
            Pattern.compile("'[^']*'|::\\s*[\\w.]+|\\bas\\s+" + ConflictTarget.NAME, Pattern.CASE_INSENSITIVE);

    private static final Pattern QUALIFIED = Pattern.compile("(?<![$\\w])" + COLUMN);
    private static final Set<String> WORDS = Set.of(
            "distinct", "case", "when", "then", "else", "end", "null", "true", "false", "and", "or", "not", "is");

    private final TableName table;
    private final Set<String> key;
    private final Pattern mentioned;

    GroupedByKey(TableName table, List<String> key) {
        this.table = table;
        this.key = Set.copyOf(key);
        this.mentioned = Pattern.compile(
                "(?<![\\w$\"])\"?" + Pattern.quote(table.name()) + "\"?(?![\\w$\"(])", Pattern.CASE_INSENSITIVE);
    }

    /** Each as an excerpt without values. */
    List<String> in(String text) {
        List<String> found = new ArrayList<>();
        Matcher grouped = GROUPED.matcher(ConflictTarget.COMMENT.matcher(text).replaceAll(" "));
        while (grouped.find()) {
            if (mentioned.matcher(grouped.group(2)).find()
                    && columns(grouped.group(3)).equals(key)
                    && selectsMore(grouped.group(1))) {
                found.add("FROM " + table.name() + " … GROUP BY "
                        + grouped.group(3).strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT));
            }
        }
        return found;
    }

    private static Set<String> columns(String list) {
        Set<String> names = new HashSet<>();
        for (String part : list.split(",", -1)) {
            Matcher column = ITEM.matcher(part);
            names.add(column.matches() ? ConflictTarget.stored(column.group(1)) : part);
        }
        return names;
    }

    /** Whether a column besides the key's stands outside of aggregates. */
    private boolean selectsMore(String list) {
        String flat = NO_COLUMN.matcher(list).replaceAll(" ");
        for (Matcher call = CALL.matcher(flat); call.find(); call = CALL.matcher(flat)) {
            boolean aggregate =
                    call.group(1) != null && AGGREGATES.matcher(call.group(1)).matches();
            flat = flat.substring(0, call.start())
                    + (aggregate ? " 1 " : " " + call.group(2) + " ")
                    + flat.substring(call.end());
        }
        return flat.contains("*")
                || QUALIFIED
                        .matcher(flat)
                        .results()
                        .map(column -> ConflictTarget.stored(column.group(1)))
                        .anyMatch(name -> !key.contains(name) && !WORDS.contains(name));
    }
}
