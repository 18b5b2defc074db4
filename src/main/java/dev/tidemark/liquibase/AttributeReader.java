package dev.tidemark.liquibase;

import dev.tidemark.journal.Limit;
import dev.tidemark.plan.CutoverHours;
import dev.tidemark.plan.ManagedBy;
import dev.tidemark.schema.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns attributes, which Liquibase hands over as text, into values, and collects everything that is wrong with them.
 *
 * <p>Each problem names the attribute, its value and the remedy. After a problem a reader goes on with a placeholder, so that a user sees all
 * problems at once; the values may be used only while {@link #problems} is empty.
 */
final class AttributeReader {
    private final String element;
    private final List<String> problems;

    /** @param element what the attributes stand on, as messages call it */
    AttributeReader(String element) {
        this(element, new ArrayList<>());
    }

    private AttributeReader(String element, List<String> problems) {
        this.element = element;
        this.problems = problems;
    }

    /** A reader for an element inside this one; problems of both are collected together. */
    AttributeReader inside(String inner) {
        return new AttributeReader(element + ": " + inner, problems);
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    void problem(String text) {
        problems.add(element + ": " + text);
    }

    /** The text as it stands; empty when the attribute is left out. */
    Optional<String> text(String attribute, @Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        if (value.isBlank()) {
            problem(attribute + "=\"" + value + "\" is empty. Give it a value or leave it out.");
            return Optional.empty();
        }
        if (value.contains("${")) {
            problem(attribute + "=\"" + value
                    + "\" names a changelog parameter that has no value. Define it as a property or pass it with -D.");
            return Optional.empty();
        }
        return Optional.of(value);
    }

    String required(String attribute, @Nullable String value, String remedy) {
        if (value == null) {
            problem(attribute + " is missing. " + remedy);
        }
        return text(attribute, value).orElse("");
    }

    Optional<Interval> interval(String attribute, @Nullable String value) {
        return read(attribute, value, Interval::parse);
    }

    Optional<ManagedBy> managedBy(@Nullable String value) {
        return read("managedBy", value, ManagedBy::parse);
    }

    Optional<CutoverHours> cutoverHours(@Nullable String value) {
        return read(ConversionChange.CUTOVER_HOURS, value, CutoverHours::parse);
    }

    /** A size of at least that many bytes, or -1 for {@code off}. */
    OptionalLong limit(Limit limit, long least, @Nullable String value) {
        return read(limit.attribute(), value, text -> {
                    OptionalLong bytes = limit.parse(text);
                    if (bytes.isPresent() && bytes.getAsLong() < least) {
                        throw new IllegalArgumentException("the least is " + limit.words(OptionalLong.of(least)));
                    }
                    return bytes.orElse(-1);
                })
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** One of the constants of {@code type}, written in lower case or camel case. */
    <E extends Enum<E>> Optional<E> choice(String attribute, @Nullable String value, Class<E> type) {
        return choice(attribute, value, List.of(type.getEnumConstants()));
    }

    /** One of {@code allowed}. */
    <E extends Enum<E>> Optional<E> choice(String attribute, @Nullable String value, List<E> allowed) {
        return read(attribute, value, text -> allowed.stream()
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("allowed are "
                        + allowed.stream().map(AttributeReader::word).collect(Collectors.joining(", ")))));
    }

    /** A whole number from {@code least} to {@code most}. */
    Optional<Integer> number(String attribute, @Nullable String value, int least, int most) {
        return read(attribute, value, text -> {
            if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
                throw new IllegalArgumentException("allowed are whole numbers from " + least + " to " + most);
            }
            return Integer.valueOf(text);
        });
    }

    boolean flag(String attribute, @Nullable String value) {
        return read(attribute, value, text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw new IllegalArgumentException("allowed are true, false");
                })
                .orElse(false);
    }

    /** Names or expressions separated by commas. */
    List<String> list(String attribute, @Nullable String value) {
        return read(attribute, value, text -> {
                    List<String> parts = Arrays.stream(text.split(",", -1))
                            .map(String::strip)
                            .toList();
                    if (parts.contains("")) {
                        throw new IllegalArgumentException("nothing stands between two commas; write it like \"a, b\"");
                    }
                    return parts;
                })
                .orElse(List.of());
    }

    private <T> Optional<T> read(String attribute, @Nullable String value, Function<String, T> parser) {
        return text(attribute, value).flatMap(text -> {
            try {
                return Optional.of(parser.apply(text));
            } catch (IllegalArgumentException | ArithmeticException e) {
                problem(attribute + "=\"" + text + "\" cannot be used: " + e.getMessage() + ".");
                return Optional.empty();
            }
        });
    }

    /** {@code AFTER_FINALIZE} as users write it: {@code afterFinalize}. */
    static String word(Enum<?> constant) {
        String[] parts = constant.name().toLowerCase(Locale.ROOT).split("_", -1);
        return parts[0]
                + Arrays.stream(parts)
                        .skip(1)
                        .map(part -> Character.toUpperCase(part.charAt(0)) + part.substring(1))
                        .collect(Collectors.joining());
    }

    /** {@code ALREADY_DONE} in a sentence: {@code already done}. */
    static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
