package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What every proof says of rows: how many, and xor and sum of a hash of each. The xor alone would not see rows that occur twice.
 *
 * <p>record_send makes the hash exact: it tells 1.0 from 1.00, where hash_record alone does not, and runs on types that have no hash. A type
 * without a binary form has neither (TM127).
 */
final class RowHash {
    /** Of rows that have their hash as {@code h}. */
    static final String SUMMARY =
            "count(*) || ' rows, xor ' || coalesce(bit_xor(h), 0) || ', sum ' || coalesce(sum(h), 0)";

    /** Not numeric (1.0 and 1.00), not double (0 and -0), not char (blanks), no text of a collation of its own, which may call different texts equal. */
    private static final Pattern EXACT =
            Pattern.compile("smallint|integer|bigint|boolean|uuid|date|text|bytea|oid|character varying(\\(\\d+\\))?"
                    + "|timestamp(\\(\\d\\))? with(out)? time zone");

    private RowHash() {}

    /** The hash of a record, such as a table's alias or ROW(…). */
    static String of(String row) {
        return "hash_record_extended(ROW(record_send(" + row + ")), 0)";
    }

    /**
     * The hash of some columns of a row. Values whose hash is that of all their bytes go in as they are, which takes half the time (5 M rows with
     * one double among six columns: 1.2 s instead of 2.3 s); the others in their binary form.
     */
    static Sql of(String alias, List<Column> columns) {
        List<Sql> exact = new ArrayList<>();
        List<Sql> others = new ArrayList<>();
        for (Column column : columns) {
            (isExact(column) ? exact : others).add(Sql.of("%s.%I", new Sql(alias), column.name()));
        }
        if (!others.isEmpty()) {
            exact.add(Sql.of("record_send(ROW(%s))", Sql.join(", ", others)));
        }
        return Sql.of("hash_record_extended(ROW(%s), 0)", Sql.join(", ", exact));
    }

    private static boolean isExact(Column column) {
        return EXACT.matcher(column.type()).matches() && column.collation() == null;
    }
}
