package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** A function's body between dollar quotes that do not occur in it: a column may be called {@code $tidemark$}. */
final class DollarQuote {
    private DollarQuote() {}

    static Sql of(Sql body) {
        String tag = "$tidemark";
        for (int n = 1; body.text().contains(tag); n++) {
            tag = "$tidemark" + n;
        }
        Sql quote = new Sql(tag + "$");
        return Sql.of("%s\n%s\n%s", quote, body, quote);
    }
}
