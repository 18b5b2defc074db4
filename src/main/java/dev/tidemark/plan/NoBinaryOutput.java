package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** {@code no binary output function available for type aclitem}: proofs hash the binary form of rows, because only that is exact. */
final class NoBinaryOutput implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().verification() == Verification.NONE
                ? Stream.empty()
                : situation.each((target, table) -> table.columns().stream()
                        .filter(column -> !column.binaryOutput())
                        .map(column -> found(table.name().toString(), column)));
    }

    private static Finding found(String table, Column column) {
        return Finding.blocking(
                "TM127",
                "Column " + Sql.identifier(column.name()) + " of " + table + " is of type " + column.type()
                        + ", which has no binary form; no proof can read it.",
                "Give it another type, text for example; or set verify=\"none\".");
    }
}
