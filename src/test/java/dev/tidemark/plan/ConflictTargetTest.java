package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.sql.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConflictTargetTest {
    private static final ConflictTarget ID = new ConflictTarget(new TableName("public", "webhook_log"), List.of("id"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO webhook_log (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                "insert into public.webhook_log as w values ($1) on conflict(ID) where id > $2 do update set body = excluded.body",
                "INSERT INTO \"webhook_log\" SELECT a.id FROM a ON CONFLICT ( \"id\" COLLATE \"C\" int8_ops ) DO UPDATE SET x = $1",
                "BEGIN INSERT INTO other VALUES (1) ON CONFLICT (id) DO NOTHING; INSERT /* here */ INTO Webhook_Log VALUES (f(1)) -- so\n ON CONFLICT (id) DO NOTHING; END",
                "BEGIN EXECUTE format('INSERT INTO %I VALUES ($1) ON CONFLICT (id) DO NOTHING', 'webhook_log'); END",
                "BEGIN EXECUTE 'INSERT INTO ' || t || ' VALUES ($1) ON CONFLICT (id) DO NOTHING'; END",
                "WITH a AS (INSERT INTO log VALUES (1) RETURNING id) INSERT INTO webhook_log(id) SELECT id FROM a ON CONFLICT (id) DO NOTHING",
            })
    void the_former_key_is_found(String sql) {
        assertThat(ID.in(sql))
                .singleElement()
                .asString()
                .startsWith("INSERT INTO ")
                .doesNotContain("$", "VALUES");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO webhook_log VALUES ($1) ON CONFLICT DO NOTHING",
                "INSERT INTO webhook_log VALUES ($1) ON CONFLICT ON CONSTRAINT webhook_log_pkey DO NOTHING",
                "INSERT INTO webhook_log VALUES ($1) ON CONFLICT (id, at) DO NOTHING",
                "INSERT INTO webhook_log VALUES ($1) ON CONFLICT (\"ID\") DO NOTHING",
                "INSERT INTO webhook_log_archive VALUES ($1) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO archive.webhook_log VALUES ($1) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO users SELECT * FROM webhook_log ON CONFLICT (id) DO NOTHING",
                "INSERT INTO webhook_log VALUES (1); INSERT INTO users VALUES (1) ON CONFLICT (id) DO NOTHING",
            })
    void everything_else_is_not(String sql) {
        assertThat(ID.in(sql)).isEmpty();
    }

    @Test
    void the_order_of_columns_does_not_matter() {
        assertThat(new ConflictTarget(new TableName("S", "T x"), List.of("a", "B c"))
                        .in("INSERT INTO \"S\".\"T x\" VALUES (1) ON CONFLICT (\"B c\", a) DO UPDATE SET x = 'secret'"))
                .containsExactly("INSERT INTO \"S\".\"T x\" … ON CONFLICT (\"B c\", a) DO UPDATE");
    }
}
