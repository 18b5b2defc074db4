package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is done for one slice: a template of PostgreSQL's own {@code format()}, so that a script can fill it on the server as the runner fills it here.
 *
 * @param format the template; {@code %1$s} or {@code %1$L} is the slice's part, {@code %2$L} and {@code %3$L} its bounds, {@code %4$s} a whole number: the slice's own
 *     number in the journal, or how many rows are asked for
 */
public record SliceWork(String format) {
    /** Stands for the slice's part. */
    static final Sql PART = new Sql("\u0001part\u0001");
    /** Stands for the same as a literal. */
    static final Sql PART_TEXT = new Sql("\u0001part_text\u0001");
    /** Stands for its lower bound. */
    static final Sql LOWER = new Sql("\u0001lower\u0001");
    /** Stands for its upper bound. */
    static final Sql UPPER = new Sql("\u0001upper\u0001");
    /** Stands for the whole number. */
    static final Sql NUMBER = new Sql("\u0001number\u0001");

    private static final Pattern HOLE = Pattern.compile("%(?:%|([1-4])\\$([sL]))");

    /** Of a statement in which the constants of this class stand for what is filled in. */
    static SliceWork of(Sql statement) {
        return new SliceWork(statement
                .text()
                .replace("%", "%%")
                .replace(PART.text(), "%1$s")
                .replace(PART_TEXT.text(), "%1$L")
                .replace(LOWER.text(), "%2$L")
                .replace(UPPER.text(), "%3$L")
                .replace(NUMBER.text(), "%4$s"));
    }

    /** The statement for one slice. */
    public Sql statement(String part, @Nullable String lower, @Nullable String upper, long number) {
        StringBuilder out = new StringBuilder();
        Matcher holes = HOLE.matcher(format);
        while (holes.find()) {
            String hole = holes.group(1);
            String filled = hole == null
                    ? "%"
                    : switch (hole) {
                        case "1" -> holes.group(2).equals("L") ? Sql.literal(part) : part;
                        case "2" -> literal(lower);
                        case "3" -> literal(upper);
                        default -> String.valueOf(number);
                    };
            holes.appendReplacement(out, Matcher.quoteReplacement(filled));
        }
        return new Sql(holes.appendTail(out).toString());
    }

    private static String literal(@Nullable String value) {
        return value == null ? "NULL" : Sql.literal(value);
    }
}
