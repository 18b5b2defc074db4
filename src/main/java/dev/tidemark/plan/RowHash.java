package dev.tidemark.plan;

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

    private RowHash() {}

    /** The hash of a record, such as a table's alias or ROW(…). */
    static String of(String row) {
        return "hash_record_extended(ROW(record_send(" + row + ")), 0)";
    }
}
