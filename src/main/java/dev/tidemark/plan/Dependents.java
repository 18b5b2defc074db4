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

    /**
     * Locks the views that {@link #retie} will make anew, each by giving it the owner it has: LOCK TABLE would lock every table that the view reads.
     * To be sent before the tables are locked, because a query locks a view before its table, and two orders are a deadlock.
     */
    static List<Sql> lockViews(List<Subject> subjects) {
        return subjects.stream()
                .flatMap(s -> s.table().dependents().stream())
                .filter(d -> d.kind() == Dependent.Kind.VIEW && d.direct())
                .map(Dependent::identity)
                .distinct()
                .sorted()
                .map(view -> Sql.of(
                        "EXECUTE (SELECT format('ALTER VIEW %%s OWNER TO %%I', %L, pg_get_userbyid(c.relowner)) FROM pg_class AS c WHERE c.oid = %L::regclass)",
                        view, view))
                .toList();
    }

    /** Whether making it anew in place is possible. */
    static boolean canFollow(Dependent dependent) {
        return dependent.kind() == Dependent.Kind.VIEW || dependent.kind() == Dependent.Kind.FUNCTION;
    }
}
