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

    /** A query for statements that make the views and functions tied to the tables anew, as they are when it runs. */
    static Sql statements(List<Subject> subjects) {
        return Sql.of(
                """
                SELECT CASE WHEN d.function IS NOT NULL THEN pg_get_functiondef(d.function)
                                            ELSE format('CREATE OR REPLACE VIEW %%s%%s AS %%s', d.view::regclass,
                                                        ' WITH (' || array_to_string((SELECT reloptions FROM pg_class WHERE oid = d.view), ', ') || ')',
                                                        rtrim(pg_get_viewdef(d.view), ';')) END
                              FROM (%s) AS d""",
                tied(subjects));
    }

    /** The views among them, {@code view, owner}, as they are when it runs. */
    static Sql views(List<Subject> subjects) {
        return Sql.of(
                "SELECT d.view::regclass AS view, v.relowner::regrole AS owner FROM (%s) AS d JOIN pg_class AS v ON v.oid = d.view ORDER BY 1",
                tied(subjects));
    }

    private static Sql tied(List<Subject> subjects) {
        return Sql.of(
                """
                SELECT DISTINCT v.oid AS view, f.oid AS function
                                      FROM pg_depend AS d
                                      LEFT JOIN pg_rewrite AS w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND w.rulename = '_RETURN'
                                      LEFT JOIN pg_class AS v ON v.oid = w.ev_class AND v.relkind = 'v'
                                      LEFT JOIN pg_proc AS f ON f.oid = d.objid AND d.classid = 'pg_proc'::regclass AND f.prokind IN ('f', 'p', 'w')
                                     WHERE d.deptype = 'n' AND coalesce(v.oid, f.oid) IS NOT NULL
                                       AND EXISTS (SELECT FROM pg_class AS c JOIN pg_type AS y ON y.oid = c.reltype
                                                    WHERE c.oid IN (%s)
                                                      AND (d.refclassid, d.refobjid) IN (('pg_class'::regclass, c.oid), ('pg_type'::regclass, y.oid),
                                                                                         ('pg_type'::regclass, y.typarray)))""",
                Sql.join(
                        ", ",
                        subjects.stream()
                                .map(s -> Sql.of("to_regclass(%L)", s.name().quoted()))
                                .toList()));
    }

    /** Whether making it anew in place is possible. */
    static boolean canFollow(Dependent dependent) {
        return dependent.kind() == Dependent.Kind.VIEW || dependent.kind() == Dependent.Kind.FUNCTION;
    }
}
