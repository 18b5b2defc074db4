package dev.tidemark.transfer;

import dev.tidemark.journal.Control;
import dev.tidemark.journal.Controls;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Says when a copy has to rest or to stop, by what people say in the journal and by what the copy does to the server.
 *
 * <p>Fail-closed: what cannot be asked is a reason to rest, with the GRANT that helps, unless its limit was switched off. Cheap: the server is asked once a
 * second at most, in between the last answer holds. For one thread, with a session that nobody else uses.
 */
public final class Throttle {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    /** What takes longer is an answer too. */
    private static final String PATIENCE = "SET lock_timeout = '2s'; SET statement_timeout = '5s'";

    private final Session session;
    private final Journal journal;
    private final Controls controls;
    private final String runId;
    private final Consumer<Optional<String>> changed;
    private final LongSupplier nanoTime;
    private final Map<String, Brake> brakes = new LinkedHashMap<>();
    private final DiskReserve disk;

    private Control control = Control.NONE;
    private Map<String, String> reasons = Map.of();
    private Optional<String> reason = Optional.empty();
    private OptionalLong looked = OptionalLong.empty();

    /**
     * A throttle for one run.
     *
     * @param session its own, in autocommit; its timeouts are changed
     * @param journal where the run is; its session is not used
     * @param runId the run
     * @param sources the tables that are read
     * @param changed hears the reason when a rest begins or its cause changes, and nothing when it is over; on the thread that asks
     * @throws DatabaseException if the server does not even answer now
     */
    public Throttle(
            Session session,
            Journal journal,
            String runId,
            List<TableName> sources,
            Consumer<Optional<String>> changed) {
        this(session, journal, runId, sources, changed, System::nanoTime);
    }

    Throttle(
            Session session,
            Journal journal,
            String runId,
            List<TableName> sources,
            Consumer<Optional<String>> changed,
            LongSupplier nanoTime) {
        this.session = session;
        this.journal = journal;
        this.controls = new Controls(session, journal);
        this.runId = runId;
        this.changed = changed;
        this.nanoTime = nanoTime;
        session.execute(PATIENCE);
        Supplier<Limits> limits = () -> control.limits();
        WalHistory history = new WalHistory(session, nanoTime);
        this.disk =
                new DiskReserve(new DiskSpace(session, sources, millionths(journal, runId, sources)), limits, nanoTime);
        brakes.put("what people said in the journal", this::said);
        brakes.put("the position of the write-ahead log", () -> {
            history.sample();
            return Optional.empty();
        });
        brakes.put("the lag of replicas", new ReplicaLag(session, history, limits));
        brakes.put("replication slots", new IdleSlots(session, limits));
        brakes.put("the rate of write-ahead log", new WalRate(history, limits));
        brakes.put("the archiver", new ArchiverBacklog(session, limits));
        brakes.put("autovacuum", new TableVacuum(session, sources, limits));
        brakes.put("the latency of a commit", new ProbeLatency(session, journal, limits));
        brakes.put("free disk space", disk);
    }

    private static Map<TableName, Long> millionths(Journal journal, String runId, List<TableName> sources) {
        Map<TableName, Long> millionths = new HashMap<>();
        sources.forEach(
                table -> journal.rest(runId, table).ifPresent(rest -> millionths.put(table, rest.millionths())));
        return millionths;
    }

    /**
     * Why the copy has to rest now, every cause with its way out; empty to go on.
     *
     * @throws DatabaseException if the session is lost
     */
    public Optional<String> reasonToRest() {
        look();
        return reason;
    }

    /**
     * Why the copy has to end now, leaving what it has done; empty to go on.
     *
     * @throws DatabaseException if the session is lost
     */
    public Optional<Stop> reasonToStop() {
        look();
        return disk.stop();
    }

    /**
     * Why the copy must not begin, although nothing stands against it yet: it will not fit. Empty to begin.
     *
     * @throws DatabaseException if the session is lost
     */
    public Optional<Stop> reasonNotToBegin() {
        look();
        return disk.shortfall();
    }

    /**
     * How many workers are to copy: what somebody said for this run, else {@code configured}. With 0 there is a reason to rest, too.
     *
     * @throws DatabaseException if the session is lost
     */
    public int workers(int configured) {
        look();
        return control.workers().orElse(configured);
    }

    private void look() {
        long now = nanoTime.getAsLong();
        if (looked.isPresent() && now - looked.getAsLong() < BETWEEN_LOOKS.toNanos()) {
            return;
        }
        Set<String> before = reasons.keySet();
        Map<String, String> found = new LinkedHashMap<>();
        // All of them, even if the first has a reason: some learn from one look to the next.
        brakes.forEach((what, brake) -> ask(what, brake).ifPresent(why -> found.put(what, why)));
        // From the end on: a probe that waits for long must not be followed by the next at once.
        looked = OptionalLong.of(nanoTime.getAsLong());
        reasons = found;
        reason = found.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", found.values()));
        if (!found.keySet().equals(before)) {
            changed.accept(reason);
        }
    }

    private Optional<String> ask(String what, Brake brake) {
        try {
            return brake.reason();
        } catch (DatabaseException e) {
            if (SqlState.connectionLost(e.sqlState())) {
                throw e;
            }
            return Optional.of(what + " cannot be asked, and what is not known is no permission to go on: "
                    + e.getMessage()
                    + (e.sqlState().equals(SqlState.INSUFFICIENT_PRIVILEGE) ? System.lineSeparator() + grants() : ""));
        }
    }

    /** Everything else that is asked, anybody may ask. */
    private String grants() {
        String user = Sql.identifier(
                session.first("SELECT current_user", r -> r.getString(1)).orElse(""));
        String schema = Sql.identifier(journal.schema());
        return "GRANT USAGE ON SCHEMA " + schema + " TO " + user + "; GRANT SELECT ON ALL TABLES IN SCHEMA " + schema
                + " TO " + user + "; GRANT UPDATE ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + user + ";";
    }

    /** Reads what holds from now on, for all the others too. */
    private Optional<String> said() {
        control = controls.read(runId);
        if (control.paused()) {
            return Optional.of("paused" + control.why().map(why -> ": " + why).orElse("")
                    + " (liquibase tidemark resume goes on)");
        }
        return control.workers().orElse(1) == 0
                ? Optional.of("workers were set to 0 (liquibase tidemark resume --workers=1 goes on)")
                : Optional.empty();
    }
}
