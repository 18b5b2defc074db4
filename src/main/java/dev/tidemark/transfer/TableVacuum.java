package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Autovacuum works on a table that is read, on a partition or chunk of it, or on their TOAST tables.
 *
 * <p>Needs no rights: {@code pg_stat_progress_vacuum} and the query of a worker are hidden from most, but its lock is not, nor that it is a process
 * of no user, nor that the table is so old that every autovacuum of it is one against wraparound.
 */
final class TableVacuum implements Brake {
    /** From the few locks upwards to our tables: a table may have thousands of partitions. */
    private static final String WORKERS =
            """
            WITH RECURSIVE worker AS (
                SELECT DISTINCT l.relation, l.pid
                  FROM pg_locks AS l
                  JOIN pg_stat_activity AS a ON a.pid = l.pid
                 WHERE l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND a.usesysid IS NULL
            ), upward AS (
                SELECT relation, pid, relation AS at FROM worker
                 UNION
                SELECT u.relation, u.pid, above.oid
                  FROM upward AS u
                 CROSS JOIN LATERAL (
                       SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = u.at
                        UNION ALL
                       SELECT d.refobjid
                         FROM pg_depend AS d
                         JOIN pg_class AS t ON t.oid = d.objid AND t.relkind = 't'
                        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.objid = u.at) AS above(oid)
            )
            SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name, u.pid,
                   age(c.relfrozenxid) > least(current_setting('autovacuum_freeze_max_age')::bigint, o.xids)
                       OR mxid_age(c.relminmxid) > least(current_setting('autovacuum_multixact_freeze_max_age')::bigint, o.multixacts) AS wraparound
              FROM upward AS u
              JOIN pg_class AS c ON c.oid = u.relation
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             CROSS JOIN LATERAL (
                   SELECT max(option_value::bigint) FILTER (WHERE option_name = 'autovacuum_freeze_max_age') AS xids,
                          max(option_value::bigint) FILTER (WHERE option_name = 'autovacuum_multixact_freeze_max_age') AS multixacts
                     FROM pg_options_to_table(c.reloptions)
                    WHERE option_name IN ('autovacuum_freeze_max_age', 'autovacuum_multixact_freeze_max_age')) AS o
             WHERE u.at IN (SELECT to_regclass(name) FROM unnest(?) AS t(name))
             ORDER BY wraparound DESC, name""";

    private record Worker(String table, int pid, boolean wraparound) {
        static Worker of(ResultSet row) throws SQLException {
            return new Worker(row.getString("name"), row.getInt("pid"), row.getBoolean("wraparound"));
        }
    }

    private final Session session;
    private final String[] tables;
    private final Supplier<Limits> limits;

    TableVacuum(Session session, List<TableName> tables, Supplier<Limits> limits) {
        this.session = session;
        this.tables = tables.stream().map(TableName::quoted).toArray(String[]::new);
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.AUTOVACUUMS);
        if (limit.isEmpty()) {
            return Optional.empty();
        }
        List<Worker> workers = session.query(WORKERS, Worker::of, (Object) tables);
        if (workers.size() <= limit.getAsLong()) {
            return Optional.empty();
        }
        Worker first = workers.get(0);
        return Optional.of("autovacuum (pid " + first.pid() + ") works on " + first.table()
                + (first.wraparound() ? " to prevent wraparound" : "")
                + (workers.size() > 1 ? ", and " + (workers.size() - 1) + " more on its like" : "")
                + ". The copy goes on when it is done, or with " + Limit.AUTOVACUUMS.option() + "=off");
    }
}
