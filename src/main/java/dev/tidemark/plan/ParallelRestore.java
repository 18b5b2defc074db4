package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Measured: {@code chunk m_p1 has no dimension slices} under pg_restore -j, while a serial restore works. */
final class ParallelRestore implements ZeroCopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.of(Finding.note(
                "TM155",
                "The chunks of " + table.name() + " stay in schema "
                        + Sql.identifier(table.name().schema())
                        + " under their present names; pg_restore --jobs fails on such chunks.",
                "Restore dumps of it with one job.")));
    }
}
