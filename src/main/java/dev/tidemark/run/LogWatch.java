package dev.tidemark.run;

import dev.tidemark.journal.ChangeLog;
import dev.tidemark.journal.Controls;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Limit;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Looks how large the logs of changes have become until the cutover: at half of the limit it says so, at the limit it ends the run. For one thread at a
 * time; one object for a whole run, so that each is said once.
 */
final class LogWatch {
    /** A log grows by a few megabytes in that time. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);

    private final Journal journal;
    private final String runId;
    private final List<TableName> tables;
    private final Listener listener;
    private final Set<TableName> told = new HashSet<>();
    private OptionalLong looked = OptionalLong.empty();

    LogWatch(Journal journal, String runId, List<TableName> tables, Listener listener) {
        this.journal = journal;
        this.runId = runId;
        this.tables = List.copyOf(tables);
        this.listener = listener;
    }

    /** Looks, unless it has just done so. @throws LogFull at the limit */
    synchronized void now(Session session) {
        if (looked.isPresent() && System.nanoTime() - looked.getAsLong() < BETWEEN_LOOKS.toNanos()) {
            return;
        }
        looked = OptionalLong.of(System.nanoTime());
        List<ChangeLog> logs = journal.changeLogs(session, tables).stream()
                .filter(log -> !log.wayBack())
                .toList();
        if (logs.isEmpty()) {
            return;
        }
        OptionalLong limit = new Controls(session, journal).read(runId).limits().of(Limit.LOG);
        for (ChangeLog log : logs) {
            if (log.full() || (limit.isPresent() && log.bytes() >= limit.getAsLong())) {
                throw new LogFull(
                        "The log of changes of " + log.table() + " has reached its limit of " + Limit.LOG.words(limit),
                        null);
            }
            if (limit.isPresent() && log.bytes() >= limit.getAsLong() / 2 && told.add(log.table())) {
                listener.logGrows(log.table(), log.bytes(), limit.getAsLong());
            }
        }
    }
}
