package dev.tidemark.maintenance;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes partitions ahead and carries out the retention that Tidemark keeps itself, through the database's own functions. */
public final class Maintenance {
    private final Session session;
    private final Journal journal;

    public Maintenance(Session session, Journal journal) {
        this.session = session;
        this.journal = journal;
    }

    /**
     * Of one table or of all; room for new rows first. One table's trouble does not keep the others from their turn: {@link Maintained#failed()} tells.
     *
     * @throws Refused if there is no such table, or Tidemark does not look after it
     */
    public List<Maintained> apply(Optional<TableName> table) {
        if (!isHere(table)) {
            return List.of();
        }
        journal.refresh();
        Sql only = table.map(t -> Sql.of("%L::regclass", t.quoted())).orElse(new Sql("NULL"));
        List<Maintained> done = new ArrayList<>();
        done.addAll(all(call("make_partitions", "part", only)));
        done.addAll(all(call("apply_partition_retention", "part", only)));
        if (keepsChunks()) {
            done.addAll(all(call("apply_retention", "dropped", only)));
        }
        return List.copyOf(done);
    }

    /**
     * How the partitions are that Tidemark manages, of one table or of all.
     *
     * @throws Refused if there is no such table, or Tidemark does not look after it: whoever watches a table must not take silence for health
     */
    public List<PartitionHealth> health(Optional<TableName> table) {
        return !isHere(table) ? List.of() : PartitionHealth.read(session, journal.schema(), table);
    }

    private Sql call(String function, String part, Sql only) {
        return Sql.of(
                "SELECT relation::text, upper_bound, %I, outcome FROM %I(%s)",
                part, new TableName(journal.schema(), function), only);
    }

    /** Each call is a transaction of its own and stops when it has held its locks for long enough. */
    private List<Maintained> all(Sql call) {
        List<Maintained> done = new ArrayList<>();
        while (true) {
            List<Maintained> lines = once(call);
            boolean more =
                    lines.stream().anyMatch(Maintained::left) && lines.stream().anyMatch(Maintained::progress);
            lines.stream().filter(l -> !more || l.progress()).forEach(done::add);
            if (!more) {
                return done;
            }
        }
    }

    private List<Maintained> once(Sql call) {
        List<Maintained> lines = new ArrayList<>();
        session.transaction(() -> lines.addAll(session.query(
                call.text(), r -> new Maintained(r.getString(1), r.getString(2), r.getString(3), r.getString(4)))));
        return lines;
    }

    /** The function for chunks needs TimescaleDB. */
    private boolean keepsChunks() {
        return session.first(
                        Sql.of("SELECT EXISTS (SELECT FROM %I)", new TableName(journal.schema(), "retention_policy"))
                                .text(),
                        r -> r.getBoolean(1))
                .orElse(false);
    }

    /** Whether there is a journal at all; a table that is named has to be in it. */
    private boolean isHere(Optional<TableName> table) {
        boolean installed = journal.isInstalled();
        table.ifPresent(name -> new Managed(session, journal.schema()).require(name, installed));
        return installed;
    }
}
