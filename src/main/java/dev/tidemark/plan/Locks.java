package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The first statements of windows: every lock that somebody could mind, in an order that two of us share. */
final class Locks {
    private Locks() {}

    /** At least one table. */
    static Sql tables(Collection<TableName> tables, String mode) {
        // Always in the same order, so that two of us never wait for each other.
        return Sql.of(
                "LOCK TABLE %s IN %s MODE",
                Sql.join(
                        ", ",
                        new TreeSet<>(tables).stream().map(t -> Sql.of("%I", t)).toList()),
                new Sql(mode));
    }

    /** Several as one statement, so that one timeout covers the whole wait. */
    static Sql together(List<Sql> locks) {
        return locks.size() == 1
                ? locks.get(0)
                : Sql.of("DO $tidemark$ BEGIN %s; END $tidemark$", Sql.join("; ", locks));
    }

    /** Of tables that give their storage to a successor: they and what references them. */
    static Sql ofCutover(List<Subject> subjects, ForeignKeys foreignKeys) {
        List<TableName> exclusive = new ArrayList<>(foreignKeys.children());
        subjects.forEach(s -> exclusive.add(s.name()));
        List<Sql> locks = new ArrayList<>(Dependents.lockViews(subjects));
        locks.add(tables(exclusive, "ACCESS EXCLUSIVE"));
        if (!foreignKeys.parents().isEmpty()) {
            // Detaching a partition with foreign keys takes this on what they reference, and so do those of a new
            // table.
            locks.add(tables(foreignKeys.parents(), "SHARE ROW EXCLUSIVE"));
        }
        return together(locks);
    }

    /**
     * Of tables that come back, asked for as they are at that moment: a view, or a table that referenced one of them, may have gone since the cutover. The views
     * first, because a query locks a view before its table.
     */
    static Sql ofWayBack(List<Subject> subjects, ForeignKeys foreignKeys) {
        Set<TableName> exclusive = new TreeSet<>(foreignKeys.children());
        subjects.forEach(s -> {
            exclusive.add(s.name());
            exclusive.add(s.retired());
        });
        // Dropping an emptied table takes this on what its foreign keys reference, and so does taking one off a table.
        exclusive.addAll(foreignKeys.parents());
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    one record;
                BEGIN
                    FOR one IN %s
                    LOOP
                        EXECUTE format('ALTER VIEW %%s OWNER TO %%s', one.view, one.owner);
                    END LOOP;
                    EXECUTE (SELECT 'LOCK TABLE ' || string_agg(to_regclass(t.name)::text, ', ' ORDER BY t.number) || ' IN ACCESS EXCLUSIVE MODE'
                               FROM unnest(ARRAY[%s]) WITH ORDINALITY AS t(name, number) WHERE to_regclass(t.name) IS NOT NULL);
                END
                $tidemark$""",
                Dependents.views(subjects),
                Sql.join(
                        ", ",
                        exclusive.stream().map(t -> Sql.of("%L", t.quoted())).toList()));
    }
}
