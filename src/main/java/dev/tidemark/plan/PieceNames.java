package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How new partitions are called: by a pattern, as pg_partman calls its own where it manages the table, or usually.
 *
 * @param whole the table
 * @param width how wide they are
 * @param pattern the pattern that was asked for
 * @param partman what pg_partman puts after {@code _p}, in {@code to_char} form
 * @param numbers whether they begin at plain numbers
 */
record PieceNames(
        TableName whole, Interval width, Optional<String> pattern, Optional<String> partman, boolean numbers) {
    private static final String TABLE = "{table}";
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final int MONTHS_A_YEAR = 12;
    /** Room for {@code _2} and the like, which a name gets that something else has already. */
    private static final int SPARE = 3;
    /** Digits of a bigint, with its sign. */
    private static final int LONGEST_NUMBER = 20;

    private static final Map<String, String> FIELDS = fields();

    private static Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("{yyyy}", "YYYY");
        fields.put("{MM}", "MM");
        fields.put("{dd}", "DD");
        fields.put("{HH}", "HH24");
        fields.put("{Q}", "Q");
        fields.put("{ww}", "IW");
        return fields;
    }

    /** An expression; takes {@code piece.beginning} and {@code attempt}. */
    Sql expression() {
        return Sql.of("%s || CASE WHEN attempt > 1 THEN '_' || attempt ELSE '' END", name());
    }

    private Sql name() {
        if (numbers) {
            return Sql.of(
                    "%L || replace(piece.beginning::bigint::text, '-', 'm')",
                    RetiredNames.cut(whole.name(), TableName.MAX_IDENTIFIER_BYTES - LONGEST_NUMBER - SPARE - 2) + "_p");
        }
        if (pattern.isEmpty() && partman.isPresent()) {
            String format = partman.get();
            return Sql.of(
                    "%L || to_char(piece.beginning, %L)",
                    RetiredNames.cut(whole.name(), TableName.MAX_IDENTIFIER_BYTES - format.length() - SPARE - 2) + "_p",
                    format);
        }
        String form = pattern.orElseGet(this::usual);
        String suffix = form.replace(TABLE, "");
        String table = form.startsWith(TABLE)
                ? RetiredNames.cut(
                        whole.name(),
                        TableName.MAX_IDENTIFIER_BYTES
                                - suffix.replaceAll("[{}]", "").length()
                                - SPARE)
                : "";
        Sql text = Sql.of("%L", table + suffix);
        for (Map.Entry<String, String> field : FIELDS.entrySet()) {
            text = Sql.of("replace(%s, %L, to_char(piece.beginning, %L))", text, field.getKey(), field.getValue());
        }
        return text;
    }

    private String usual() {
        if (width.months() > 0) {
            return width.months() % MONTHS_A_YEAR == 0 ? "{table}_y{yyyy}" : "{table}_y{yyyy}m{MM}";
        }
        return width.microseconds() % MICROS_PER_DAY == 0
                ? "{table}_y{yyyy}m{MM}d{dd}"
                : "{table}_y{yyyy}m{MM}d{dd}h{HH}";
    }
}
