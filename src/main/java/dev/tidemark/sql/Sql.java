package dev.tidemark.sql;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One SQL statement, or a part of one, built from a template with typed holes.
 *
 * <p>The holes are those of PostgreSQL's own {@code format()}: {@code %I} takes an identifier (a {@code String}, a {@link TableName} or a
 * collection of column names), {@code %L} a text literal (a {@code String}), {@code %s} another {@code Sql}, a {@link Definition} or a whole
 * number or boolean, and {@code %%} is a percent sign. A {@code String} can never enter through {@code %s}, so no name or value can become syntax.
 */
public record Sql(String text) {
    /** What quotes DO blocks and bodies of functions in our templates. */
    private static final String TAG = "$tidemark$";

    /**
     * Fills the holes of {@code template} from left to right. Where what is filled in contains the template's own dollar quotes, as a column may
     * be called {@code $tidemark$}, the template gets others.
     *
     * @throws IllegalArgumentException where a hole and its argument do not fit
     */
    public static Sql of(String template, Object... arguments) {
        Iterator<Object> rest = List.of(arguments).iterator();
        List<String> ours = new ArrayList<>();
        List<String> filled = new ArrayList<>();
        StringBuilder literal = new StringBuilder(template.length());
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '%') {
                literal.append(c);
                continue;
            }
            char hole = ++i < template.length() ? template.charAt(i) : ' ';
            if (hole == '%') {
                literal.append('%');
            } else {
                ours.add(literal.toString());
                literal.setLength(0);
                filled.add(filled(hole, rest, template));
            }
        }
        if (rest.hasNext()) {
            throw new IllegalArgumentException("more arguments than holes in: " + template);
        }
        ours.add(literal.toString());
        return new Sql(woven(ours, filled, template.contains(TAG) ? tagFor(filled) : TAG));
    }

    private static String woven(List<String> ours, List<String> filled, String tag) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < ours.size(); i++) {
            out.append(ours.get(i).replace(TAG, tag)).append(i < filled.size() ? filled.get(i) : "");
        }
        return out.toString();
    }

    /** A dollar quote that occurs in none of the texts. */
    private static String tagFor(List<String> filled) {
        String tag = TAG;
        for (int n = 1; contains(filled, tag.substring(0, tag.length() - 1)); n++) {
            tag = "$tidemark" + n + "$";
        }
        return tag;
    }

    private static boolean contains(List<String> texts, String part) {
        return texts.stream().anyMatch(text -> text.contains(part));
    }

    /** Statements of a PL/pgSQL block that carry these out, a line each. */
    public static Sql executed(List<Sql> statements) {
        return join(
                "\n",
                statements.stream()
                        .map(statement -> of("        EXECUTE %L;", statement.text()))
                        .toList());
    }

    /** Several parts joined by {@code separator}. */
    public static Sql join(String separator, Collection<Sql> parts) {
        return new Sql(parts.stream().map(Sql::text).collect(Collectors.joining(separator)));
    }

    /** A name in double quotes, always, so that case, spaces and key words survive. */
    public static String identifier(String name) {
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an identifier is empty or contains a NUL character");
        }
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** A text literal; with backslashes in the {@code E''} form, which means the same whatever {@code standard_conforming_strings} is. */
    public static String literal(String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a text literal contains a NUL character");
        }
        String quotesDoubled = value.replace("'", "''");
        return value.indexOf('\\') < 0 ? "'" + quotesDoubled + "'" : " E'" + quotesDoubled.replace("\\", "\\\\") + "'";
    }

    private static String filled(char hole, Iterator<Object> rest, String template) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException("fewer arguments than holes in: " + template);
        }
        Object argument = rest.next();
        return switch (hole) {
            case 'I' -> asIdentifier(argument);
            case 'L' -> literal(expect(String.class, argument, "%L"));
            case 's' -> asSyntax(argument);
            default -> throw new IllegalArgumentException("unknown hole %" + hole + " in: " + template);
        };
    }

    private static String asIdentifier(Object argument) {
        if (argument instanceof TableName table) {
            return table.quoted();
        }
        if (argument instanceof Collection<?> names) {
            return names.stream()
                    .map(n -> identifier(expect(String.class, n, "%I")))
                    .collect(Collectors.joining(", "));
        }
        return identifier(expect(String.class, argument, "%I"));
    }

    private static String asSyntax(Object argument) {
        if (argument instanceof Sql
                || argument instanceof Definition
                || argument instanceof Long
                || argument instanceof Integer
                || argument instanceof Boolean) {
            return argument.toString();
        }
        throw new IllegalArgumentException(
                "%s cannot take a " + argument.getClass().getSimpleName());
    }

    private static <T> T expect(Class<T> type, Object argument, String hole) {
        if (!type.isInstance(argument)) {
            throw new IllegalArgumentException(
                    hole + " cannot take a " + argument.getClass().getSimpleName());
        }
        return type.cast(argument);
    }

    @Override
    public String toString() {
        return text;
    }
}
