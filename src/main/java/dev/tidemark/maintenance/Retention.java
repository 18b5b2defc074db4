package dev.tidemark.maintenance;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Carries out the retention policies that Tidemark keeps itself, through the database's own {@code apply_retention()}. */
public final class Retention {
    private static final String DROPPED = "dropped";
    private static final String LEFT = "left for the next run";

    private final Session session;
    private final Journal journal;

    public Retention(Session session, Journal journal) {
        this.session = session;
        this.journal = journal;
    }

    private record Line(String relation, @Nullable String upper, @Nullable String chunk, String outcome) {
        @Override
        public String toString() {
            return relation + (upper == null ? "" : " until " + upper) + ": "
                    + (chunk == null ? outcome : chunk + " " + outcome);
        }
    }

    /** Of one table or of all. Returns one line per chunk: dropped, or why not. @throws Refused if there is no such table */
    public List<String> apply(Optional<TableName> table) {
        table.ifPresent(this::requireToExist);
        List<String> dropped = new ArrayList<>();
        while (true) {
            List<Line> lines = once(table);
            // Each call is a transaction of its own and stops when it has held its locks for long enough.
            boolean more = lines.stream().anyMatch(l -> l.outcome().equals(LEFT))
                    && lines.stream().anyMatch(l -> l.outcome().equals(DROPPED));
            lines.stream()
                    .filter(l -> !more || l.outcome().equals(DROPPED))
                    .map(Line::toString)
                    .forEach(dropped::add);
            if (!more) {
                return List.copyOf(dropped);
            }
        }
    }

    private List<Line> once(Optional<TableName> table) {
        List<Line> lines = new ArrayList<>();
        session.transaction(() -> lines.addAll(session.query(
                Sql.of(
                                "SELECT relation::text, upper_bound, dropped, outcome FROM %I.apply_retention(%s)",
                                journal.schema(),
                                table.map(t -> Sql.of("%L::regclass", t.quoted()))
                                        .orElse(new Sql("NULL")))
                        .text(),
                r -> new Line(r.getString(1), r.getString(2), r.getString(3), r.getString(4)))));
        return lines;
    }

    private void requireToExist(TableName table) {
        boolean exists = session.first("SELECT to_regclass(?) IS NOT NULL", r -> r.getBoolean(1), table.quoted())
                .orElse(false);
        if (!exists) {
            throw new Refused("There is no table " + table + ".");
        }
    }
}
