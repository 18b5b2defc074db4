package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableListTest {
    @Test
    void names_are_exact_and_may_be_quoted() {
        assertThat(TableList.parse("fixes, Flights.Raw messages,\"a.b\".\"c,\"\"d\"", "public"))
                .containsExactly(
                        new TableName("public", "fixes"),
                        new TableName("Flights", "Raw messages"),
                        new TableName("a.b", "c,\"d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b.c", "a,", "\"a"})
    void anything_else_is_refused(String text) {
        assertThatThrownBy(() -> TableList.parse(text, "public"))
                .isInstanceOf(Refused.class)
                .hasMessageStartingWith("--table=" + text + " cannot be used: write it like public.fixes");
    }
}
