package dev.tidemark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** No name or literal ends the dollar quotes of the block that it stands in. */
class DollarQuotesTest {
    @Test
    void a_block_gets_quotes_that_do_not_occur_in_what_is_filled_in() {
        assertThat(Sql.of("DO $tidemark$ %I $tidemark$", "a").text()).isEqualTo("DO $tidemark$ \"a\" $tidemark$");
        assertThat(Sql.of("DO $tidemark$ %I $tidemark$", "$tidemark$").text())
                .isEqualTo("DO $tidemark1$ \"$tidemark$\" $tidemark1$");
        assertThat(Sql.of("DO $tidemark$ %L %I $tidemark$", "$tidemark$", "$tidemark1$")
                        .text())
                .isEqualTo("DO $tidemark2$ '$tidemark$' \"$tidemark1$\" $tidemark2$");
    }

    @Test
    void what_is_filled_in_stays_as_it_is() {
        assertThat(Sql.of("%I %L", new TableName("$tidemark$", "t"), "$tidemark$")
                        .text())
                .isEqualTo("\"$tidemark$\".\"t\" '$tidemark$'");
    }
}
