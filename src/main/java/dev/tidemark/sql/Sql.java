package dev.tidemark.sql;

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
    /** What quotes the DO blocks of our templates. */
    private static final String TAG = "$tidemark$";

    /** Fills the holes of {@code template} from left to right. @throws IllegalArgumentException where a hole and its argument do not fit. */
    public static Sql of(String template, Object... arguments) {
        Iterator<Object> rest = List.of(arguments).iterator();
        StringBuilder out = new StringBuilder(template.length() + 32);
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char hole = ++i < template.length() ? template.charAt(i) : ' ';
            out.append(hole == '%' ? "%" : filled(hole, rest, template));
        }
        if (rest.hasNext()) {
            throw new IllegalArgumentException("more arguments than holes in: " + template);
        }
        return new Sql(out.toString());
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
            case 'L' -> withoutTag(literal(expect(String.class, argument, "%L")));
            case 's' -> asSyntax(argument);
            default -> throw new IllegalArgumentException("unknown hole %" + hole + " in: " + template);
        };
    }

    /** The same name or literal written so that it does not end the dollar quotes of the block that it may stand in. */
    private static String withoutTag(String quoted) {
        if (!quoted.contains(TAG)) {
            return quoted;
        }
        String escaped = quoted.replace("\\", "\\\\");
        return quoted.startsWith("\"")
                ? "U&" + escaped.replace("$tidemark", "\\0024tidemark")
                : " E" + (quoted.startsWith("'") ? escaped : quoted.substring(2)).replace("$tidemark", "\\044tidemark");
    }

    private static String asIdentifier(Object argument) {
        if (argument instanceof TableName table) {
            return withoutTag(identifier(table.schema())) + "." + withoutTag(identifier(table.name()));
        }
        if (argument instanceof Collection<?> names) {
            return names.stream()
                    .map(n -> withoutTag(identifier(expect(String.class, n, "%I"))))
                    .collect(Collectors.joining(", "));
        }
        return withoutTag(identifier(expect(String.class, argument, "%I")));
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
