package dev.tidemark.journal;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads and changes what people say to a run while it copies. A change takes effect with its commit: the run reads it within a second or two.
 *
 * <p>Uses its session like any other statement: one thread at a time. What was said stays for a resume of the run.
 */
public final class Controls {
    private static final Sql NULL = new Sql("NULL");

    private final Session session;
    private final Journal journal;

    /** @param journal the journal, installed; its own session is not used, so it may belong to another thread */
    public Controls(Session session, Journal journal) {
        this.session = session;
        this.journal = journal;
    }

    /** What holds for the run; {@link Control#NONE} where nobody has said anything. */
    public Control read(String runId) {
        return session.first(
                        Sql.of("SELECT * FROM %s WHERE run = %L", journal.table("control"), runId)
                                .text(),
                        Controls::control)
                .orElse(Control.NONE);
    }

    /** Makes and commits the change, and returns what holds then. */
    public Control change(String runId, ControlChange change) {
        Map<String, Sql> columns = new LinkedHashMap<>();
        columns.put("run", Sql.of("%L", runId));
        change.paused().ifPresent(paused -> {
            columns.put("paused", Sql.of("%s", paused));
            columns.put("paused_why", change.why().map(why -> Sql.of("%L", why)).orElse(NULL));
        });
        change.workers()
                .ifPresent(workers ->
                        columns.put("workers", workers.isPresent() ? Sql.of("%s", workers.getAsInt()) : NULL));
        change.limits().forEach((limit, value) -> columns.put(limit.column(), Sql.of("%s", value.orElse(Limit.OFF))));
        change.unset().forEach(limit -> columns.put(limit.column(), NULL));
        columns.put("changed_at", new Sql("clock_timestamp()"));
        List<Sql> assignments = columns.keySet().stream()
                .map(column -> Sql.of("%I = excluded.%I", column, column))
                .toList();
        Sql upsert = Sql.of(
                "INSERT INTO %s (%I) VALUES (%s) ON CONFLICT (run) DO UPDATE SET %s",
                journal.table("control"),
                columns.keySet(),
                Sql.join(", ", columns.values()),
                Sql.join(", ", assignments));
        session.transaction(() -> session.execute(upsert));
        return read(runId);
    }

    private static Control control(ResultSet row) throws SQLException {
        Map<Limit, OptionalLong> own = new EnumMap<>(Limit.class);
        for (Limit limit : Limit.values()) {
            long stored = row.getLong(limit.column());
            if (!row.wasNull()) {
                own.put(limit, Limit.value(stored));
            }
        }
        int workers = row.getInt("workers");
        OptionalInt ownWorkers = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(workers);
        return new Control(
                row.getBoolean("paused"),
                Optional.ofNullable(row.getString("paused_why")),
                ownWorkers,
                new Limits(own));
    }
}
