package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import dev.tidemark.sql.Sql;
import java.util.Comparator;
import java.util.List;

/** Views and functions that PostgreSQL ties to a table's oid: made anew in place, they follow its name to the successor. */
final class Dependents {
    private Dependents() {}

    /** Statements that tie them to whatever bears the names now. Their privileges, comments and own dependents stay. */
    static List<Sql> retie(List<Subject> subjects) {
        return subjects.stream()
                .flatMap(s -> s.table().dependents().stream())
                .filter(Dependents::canFollow)
                .distinct()
                .sorted(Comparator.comparingInt(Dependent::depth).thenComparing(Dependent::identity))
                .filter(Dependent::direct)
                .map(d -> new Sql(d.definition().text()))
                .toList();
    }

    /** Whether making it anew in place is possible. */
    static boolean canFollow(Dependent dependent) {
        return dependent.kind() == Dependent.Kind.VIEW || dependent.kind() == Dependent.Kind.FUNCTION;
    }
}
