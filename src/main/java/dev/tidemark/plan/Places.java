package dev.tidemark.plan;

import dev.tidemark.schema.SqlTexts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Where something was found in functions and statements, each place once, as a person reads it. */
final class Places {
    /** Places that are named; of the others their number. */
    private static final int NAMED = 10;

    private final Map<String, Long> calls = new LinkedHashMap<>();
    private final SqlTexts texts;

    /** @param finder excerpts of what matters in a text, without values */
    Places(SqlTexts texts, Function<String, List<String>> finder) {
        this.texts = texts;
        for (SqlTexts.Text text : texts.texts()) {
            finder.apply(text.text())
                    .forEach(excerpt -> calls.merge(
                            (text.function().isEmpty() ? "" : "function " + text.function() + ": ") + excerpt,
                            text.calls(),
                            Long::sum));
        }
    }

    boolean none() {
        return calls.isEmpty();
    }

    /** Whether nothing can have been overlooked but what nobody has sent for long. */
    boolean allSeen() {
        return texts.statementsSeen() && texts.hidden() == 0;
    }

    /** {@code 1 place says}. */
    String say() {
        return calls.size() == 1 ? "1 place says" : calls.size() + " places say";
    }

    String list() {
        String named = calls.entrySet().stream()
                .limit(NAMED)
                .map(place -> place.getKey() + called(place.getValue()))
                .collect(Collectors.joining("; "));
        return calls.size() <= NAMED ? named : named + "; and " + (calls.size() - NAMED) + " more";
    }

    private static String called(long number) {
        return number == 0
                ? ""
                : String.format(Locale.ROOT, " (called %,d %s)", number, number == 1 ? "time" : "times");
    }

    String lookedAt() {
        if (!texts.statementsSeen()) {
            return "Only functions of this database were looked at: pg_stat_statements is not there, or may not be read.";
        }
        return texts.hidden() == 0
                ? "Functions of this database and pg_stat_statements were looked at."
                : "Functions of this database and pg_stat_statements were looked at, but for "
                        + String.format(Locale.ROOT, "%,d", texts.hidden())
                        + " statements of other roles: GRANT pg_read_all_stats shows them.";
    }
}
