package dev.tidemark.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.session.Script;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BuildTest {
    @Test
    void scripts_have_empty_lines_between_statements_only_and_often_enough() {
        assertThat(new Build("tidemark").scripts()).flatMap(Script::paragraphs).allSatisfy(part -> {
            assertThat(part.strip().lines().reduce("", (one, next) -> next)).matches("--.*|.*;( *--.*)?");
            assertThat(part.split("\\$\\$", -1).length % 2)
                    .as("it leaves no body open: " + part)
                    .isOne();
            assertThat(part.getBytes(StandardCharsets.UTF_8).length).isLessThan(8_000);
        });
    }
}
