package dev.tidemark.plan;

import java.util.stream.Stream;

/** {@code columnstore cannot be used on table with row security}. */
final class RowSecurityAndCompression implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.security().enabled()
                        && target.compressAfter().isPresent()
                ? Stream.of(Finding.blocking(
                        "TM119",
                        table.name() + " has row security, and TimescaleDB does not compress such tables.",
                        "Leave compressAfter out, or ALTER TABLE " + table.name() + " DISABLE ROW LEVEL SECURITY;"))
                : Stream.<Finding>empty());
    }
}
