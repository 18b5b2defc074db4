package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How new partitions are called: by a pattern, as pg_partman calls its own where it manages the table, or usually.
 *
 * @param whole the table
 * @param pattern the pattern
 * @param partman what pg_partman puts after {@code _p}, in {@code to_char} form; goes before the pattern
 * @param numbers whether they begin at plain numbers
 */
record PieceNames(TableName whole, String pattern, Optional<String> partman, boolean numbers) {
    private static final String TABLE = "{table}";
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
        fields.put("{mm}", "MI");
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
                    "%L || replace(trunc(piece.beginning)::text, '-', 'm')",
                    RetiredNames.cut(whole.name(), TableName.MAX_IDENTIFIER_BYTES - LONGEST_NUMBER - SPARE - 2) + "_p");
        }
        if (partman.isPresent()) {
            String format = partman.get();
            return Sql.of(
                    "%L || to_char(piece.beginning, %L)",
                    RetiredNames.cut(whole.name(), TableName.MAX_IDENTIFIER_BYTES - format.length() - SPARE - 2) + "_p",
                    format);
        }
        String suffix = pattern.replace(TABLE, "");
        String table = pattern.startsWith(TABLE)
                ? RetiredNames.cut(
                        whole.name(),
                        TableName.MAX_IDENTIFIER_BYTES
                                - suffix.replaceAll("[{}]", "").length()
                                - SPARE)
                : "";
        Sql text = Sql.of("%L", suffix);
        for (Map.Entry<String, String> field : FIELDS.entrySet()) {
            text = Sql.of("replace(%s, %L, to_char(piece.beginning, %L))", text, field.getKey(), field.getValue());
        }
        return Sql.of("%L || %s", table, text);
    }
}
