package dev.tidemark.plan;

import dev.tidemark.schema.Counted;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lists and numbers as a person reads them. */
final class Phrases {
    private static final int SHOWN = 3;

    private Phrases() {}

    /** Up to three of them, and how many more there are. */
    static String list(Collection<?> things) {
        String shown = things.stream().limit(SHOWN).map(Object::toString).collect(Collectors.joining(", "));
        return things.size() <= SHOWN ? shown : shown + " and " + (things.size() - SHOWN) + " more";
    }

    /** The same with a word on whether they were counted. */
    static String rows(Counted counted) {
        return (counted.exact() ? "" : "About ") + rows(counted.matching());
    }

    /** {@code 1 row}, {@code 12,345 rows}. */
    static String rows(long rows) {
        return String.format(Locale.ROOT, "%,d %s", rows, rows == 1 ? "row" : "rows");
    }
}
