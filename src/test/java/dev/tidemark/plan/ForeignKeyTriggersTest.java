package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.Action;
import dev.tidemark.schema.ForeignKey.KeyColumn;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ForeignKeyTriggersTest {
    private static final TableName FIXES = new TableName("public", "fixes");
    private static final TableName RAW_MESSAGES = new TableName("public", "raw_messages");
    private static final Map<TableName, String> HYPERTABLES = Map.of(FIXES, "received_at", RAW_MESSAGES, "received_at");

    private static ForeignKey key(String name, TableName child, String column) {
        return new ForeignKey(
                name,
                child,
                true,
                false,
                "app",
                RAW_MESSAGES,
                "app",
                List.of(
                        column(column, "integer", "id", "bigint"),
                        column("received_at", "timestamp with time zone", "received_at", "timestamp with time zone")),
                Action.NO_ACTION,
                Action.NO_ACTION,
                List.of(),
                false,
                false,
                false,
                true,
                new Definition(
                        "FOREIGN KEY (" + column + ", received_at) REFERENCES public.raw_messages(id, received_at)"),
                null);
    }

    private static KeyColumn column(String child, String childType, String parent, String parentType) {
        Definition equals = new Definition("OPERATOR(pg_catalog.=)");
        Definition none = new Definition("");
        return new KeyColumn(
                child,
                new Definition(childType),
                parent,
                new Definition(parentType),
                equals,
                equals,
                equals,
                none,
                none);
    }

    private static ForeignKeyTriggers triggers(int serverVersion) {
        return new ForeignKeyTriggers("tidemark", HYPERTABLES, serverVersion);
    }

    private static String script(List<Sql> statements) {
        return statements.stream().map(sql -> sql + ";\n").collect(Collectors.joining());
    }

    @Test
    void a_simple_key_to_the_letter() throws IOException {
        ForeignKey key = key("fixes_raw_fk", FIXES, "raw_message_id");
        String script = script(triggers(170000).create(key)) + "\n"
                + script(triggers(170000).drop(key));
        try (InputStream golden = Objects.requireNonNull(getClass().getResourceAsStream("fixes_raw_fk.sql"))) {
            assertThat(script).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void names_fit_and_differ_between_tables() {
        String name = "ä".repeat(31) + "k";
        SubstituteNames names = new SubstituteNames("tidemark", key(name, FIXES, "a"));
        SubstituteNames others = new SubstituteNames("tidemark", key(name, new TableName("public", "fixes2"), "a"));

        assertThat(names.trigger("_c").getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(TableName.MAX_IDENTIFIER_BYTES);
        assertThat(names.trigger("_c")).startsWith("ä".repeat(24) + "_").isNotEqualTo(others.trigger("_c"));
    }

    @Test
    void no_name_ends_a_literal_an_identifier_or_a_body() {
        String hostile = "a'; $tidemark$ \" %s \\";
        String script = script(triggers(170000).create(key(hostile, new TableName("public", hostile), hostile)));

        assertThat(script)
                .contains("AS $tidemark1$")
                .contains("\"a'; $tidemark$ \"\" %s \\\"")
                .contains(" E'a''; $tidemark$ \" %s \\\\'");
    }

    @Test
    void postgresql_18_words_restrict_in_its_own_way() {
        ForeignKey plain = key("fixes_raw_fk", FIXES, "raw_message_id");
        ForeignKey restrict = new ForeignKey(
                plain.name(),
                plain.child(),
                true,
                false,
                "app",
                plain.parent(),
                "app",
                plain.columns(),
                Action.RESTRICT,
                Action.RESTRICT,
                List.of(),
                false,
                false,
                false,
                true,
                plain.definition(),
                null);

        assertThat(script(triggers(170009).create(restrict))).doesNotContain("23001");
        assertThat(script(triggers(180000).create(restrict)))
                .contains("ERRCODE = '23001'")
                .contains("violates RESTRICT setting of foreign key constraint \"fixes_raw_fk\" on table \"fixes\"'")
                .contains("'is referenced from table \"fixes\".'");
    }
}
