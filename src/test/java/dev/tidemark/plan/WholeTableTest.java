package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.sql.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WholeTableTest {
    private static final TableName LOG = new TableName("public", "webhook_log");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    COPY webhook_log TO STDOUT                                   | COPY webhook_log TO
                    copy public.webhook_log (id, body) to stdout with (format x) | COPY public.webhook_log TO
                    SELECT count(*) FROM ONLY webhook_log WHERE id = $1          | FROM ONLY webhook_log
                    SELECT 1 FROM a JOIN ONLY ("webhook_log") ON true            | JOIN ONLY "webhook_log"
                    SELECT 1 FROM a, ONLY Webhook_Log                            | ONLY Webhook_Log
                    UPDATE ONLY webhook_log SET x = $1                           | UPDATE ONLY webhook_log
                    TRUNCATE TABLE ONLY webhook_log                              | TABLE ONLY webhook_log
                    """)
    void what_means_the_tables_own_rows(String sql, String excerpt) {
        assertThat(new WholeTable(LOG).in(sql)).containsExactly(excerpt);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY webhook_log FROM STDIN",
                "COPY (SELECT * FROM webhook_log) TO STDOUT",
                "COPY other.webhook_log TO STDOUT",
                "COPY webhook_log_archive TO STDOUT",
                "SELECT * FROM ONLY others, webhook_log",
                "SELECT 1 FROM ONLY \"public\".\"webhook_log\" x WHERE \"id\" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x",
                "-- COPY webhook_log TO\nSELECT 1"
            })
    void what_does_not(String sql) {
        assertThat(new WholeTable(LOG).in(sql)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT w.id, w.body, count(*) FROM webhook_log w JOIN a ON a.log = w.id GROUP BY w.id",
                "select * from public.webhook_log group by id",
                "SELECT upper(body) || 'x', sum(n) FROM webhook_log GROUP BY (id) ORDER BY 1",
                "SELECT id, body AS b FROM \"webhook_log\" GROUP BY \"id\" HAVING count(*) > $1",
                "BEGIN RETURN QUERY SELECT body, max(a.n) FROM webhook_log LEFT JOIN a USING (id) WHERE x = 1 GROUP BY webhook_log.id; END"
            })
    void the_key_alone_and_more(String sql) {
        assertThat(new GroupedByKey(LOG, List.of("id")).in(sql))
                .singleElement()
                .asString()
                .startsWith("FROM webhook_log … GROUP BY ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT id, count(*), coalesce(max(coalesce(a, b)), $1)::text AS m, 'x' FROM webhook_log GROUP BY id",
                "SELECT w.id AS log, count(*) FROM webhook_log AS w GROUP BY w.id",
                "SELECT id, body FROM webhook_log GROUP BY id, body",
                "SELECT body, count(*) FROM webhook_log GROUP BY body",
                "SELECT id, body FROM webhook_log_archive GROUP BY id",
                "SELECT count(*) FROM webhook_log"
            })
    void what_groups_otherwise(String sql) {
        assertThat(new GroupedByKey(LOG, List.of("id")).in(sql)).isEmpty();
    }

    @Test
    void a_key_of_several_columns() {
        GroupedByKey key = new GroupedByKey(LOG, List.of("tenant", "id"));
        assertThat(key.in("SELECT body FROM webhook_log GROUP BY id, tenant")).hasSize(1);
        assertThat(key.in("SELECT tenant, id FROM webhook_log GROUP BY tenant, id"))
                .isEmpty();
    }
}
