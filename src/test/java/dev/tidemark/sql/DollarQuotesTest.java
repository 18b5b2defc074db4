package dev.tidemark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Names and values that look like the dollar quotes of our DO blocks do not end them. */
class DollarQuotesTest {

    @Test
    void identifiers_and_literals_lose_their_dollar() {
        assertThat(Sql.of("%I", "a\\b$tidemark$").text()).isEqualTo("U&\"a\\\\b\\0024tidemark$\"");
        assertThat(Sql.of("%I", new TableName("$tidemark$", "t")).text()).isEqualTo("U&\"\\0024tidemark$\".\"t\"");
        assertThat(Sql.of("%L", "$tidemark$tidemark$").text()).isEqualTo(" E'\\044tidemark\\044tidemark$'");
        assertThat(Sql.of("%L", "\\$tidemark$").text()).isEqualTo(" E'\\\\\\044tidemark$'");
    }

    @Test
    void everything_else_stays_as_people_write_it() {
        assertThat(Sql.of("%I %L", "$1", "it's $$").text()).isEqualTo("\"$1\" 'it''s $$'");
    }
}
