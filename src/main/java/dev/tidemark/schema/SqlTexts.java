package dev.tidemark.schema;

import java.util.List;

/**
 * What is known of the SQL that is sent to a table.
 *
 * @param statementsSeen whether pg_stat_statements could be asked
 * @param hidden how many of its statements are other roles', whose texts this user may not read
 * @param texts texts that mention the table and ON CONFLICT, COPY, ONLY or GROUP BY, most called first
 * @param subscriptions names of subscriptions that write into the table
 */
public record SqlTexts(boolean statementsSeen, long hidden, List<Text> texts, List<String> subscriptions) {
    public SqlTexts {
        texts = List.copyOf(texts);
        subscriptions = List.copyOf(subscriptions);
    }

    /**
     * One of them.
     *
     * @param function the function that it is the body of; empty for a statement
     * @param calls how often the statement was sent; 0 for functions
     * @param text as it was written, values of statements left out
     */
    public record Text(String function, long calls, String text) {}
}
