package dev.tidemark.sql;

/**
 * SQL text that PostgreSQL itself printed ({@code pg_get_indexdef} and its kin, read with an empty {@code search_path}, so that every
 * name in it is qualified and quoted). It is the only foreign text that a statement takes as it stands.
 *
 * @param text the text as printed
 */
public record Definition(String text) {
    @Override
    public String toString() {
        return text;
    }
}
