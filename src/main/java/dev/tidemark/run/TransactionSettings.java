package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The settings that every statement of a plan runs under. The runner sends them, {@code update-sql} prints them. */
final class TransactionSettings {
    /**
     * Share of maxPause that may go by waiting for locks. While we wait, everybody who comes after us waits too, so the wait is part of the
     * pause; a quarter leaves most of it to the work, and an attempt that fails costs the application a quarter at most.
     */
    private static final int LOCK_WAIT_SHARE = 4;

    /** How often the server looks whether the client is still there while a statement runs. */
    private static final Duration CLIENT_CHECK = Duration.ofMillis(500);

    /**
     * How long the server keeps a transaction whose client says nothing. One that is cut off without a word would hold its slice, and its share of the
     * run, for the hours that the server's own keepalive takes; nobody could go on with the run meanwhile.
     */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

    private static final int TRANSACTION_TIMEOUT_SINCE = 170_000;

    /**
     * For a statement of a session that waits for others while nobody waits for it, such as an index build for transactions that began before. As long as an
     * attempt at a window may be repeated: whoever left a transaction open overnight is not waited for until morning without a word.
     */
    static final Sql UNHURRIED = new Sql("SET lock_timeout = '30min'");

    private TransactionSettings() {}

    /**
     * Never longer than half of deadlock_timeout's default: whoever waits for us while we wait for him must still be waiting when we give up,
     * or the server would end his transaction as a deadlock's victim instead of ours.
     */
    private static final Duration LONGEST_LOCK_WAIT = Duration.ofMillis(500);

    /** How long a lock may be waited for. */
    static Duration lockWait(Duration maxPause) {
        Duration share = maxPause.dividedBy(LOCK_WAIT_SHARE);
        return share.compareTo(LONGEST_LOCK_WAIT) < 0 ? share : LONGEST_LOCK_WAIT;
    }

    /** For a transaction that must be over within {@code maxPause}. */
    static List<Sql> ofWindow(Optional<String> runId, Duration maxPause, int serverVersion) {
        List<Sql> settings = new ArrayList<>(common(runId, maxPause, true));
        settings.add(set("statement_timeout", lockWait(maxPause), true));
        settings.add(set("idle_in_transaction_session_timeout", maxPause, true));
        settings.add(set("client_connection_check_interval", CLIENT_CHECK, true));
        if (serverVersion >= TRANSACTION_TIMEOUT_SINCE) {
            settings.add(set("transaction_timeout", maxPause, true));
        }
        return settings;
    }

    /** For a transaction that may take long because it holds nothing that anybody would wait for. */
    static List<Sql> ofOnlineWork(Optional<String> runId, Duration maxPause) {
        List<Sql> settings = new ArrayList<>(common(runId, maxPause, true));
        settings.add(set("statement_timeout", Duration.ZERO, true));
        settings.add(set("idle_in_transaction_session_timeout", LONGEST_SILENCE, true));
        settings.add(set("client_connection_check_interval", CLIENT_CHECK, true));
        return settings;
    }

    /** For statements that commit by themselves: settings of the session, to be taken back afterwards. */
    static List<Sql> ofSelfCommitting(Optional<String> runId, Duration maxPause) {
        List<Sql> settings = new ArrayList<>(common(runId, maxPause, false));
        // Rather an error than rows that are not there for us.
        settings.add(new Sql("SET row_security = off"));
        settings.add(set("statement_timeout", Duration.ZERO, false));
        settings.add(set("client_connection_check_interval", CLIENT_CHECK, false));
        return settings;
    }

    /** For a session of its own that only reads, statement by statement, as long as it takes. */
    static List<Sql> ofReading() {
        return List.of(
                new Sql("SET default_transaction_isolation = 'read committed'"),
                new Sql("SET search_path = pg_catalog, pg_temp"),
                new Sql("SET TimeZone = 'UTC'"),
                new Sql("SET DateStyle = 'ISO, YMD'"),
                new Sql("SET IntervalStyle = 'postgres'"),
                new Sql("SET row_security = off"),
                new Sql("SET statement_timeout = 0"),
                new Sql("SET jit = off"));
    }

    /** Takes back what {@link #ofSelfCommitting} set, in a script: a session of its own that has set nothing before. */
    static List<Sql> reset() {
        return List.of(
                new Sql("RESET default_transaction_isolation"),
                new Sql("RESET search_path"),
                new Sql("RESET TimeZone"),
                new Sql("RESET DateStyle"),
                new Sql("RESET IntervalStyle"),
                new Sql("RESET jit"),
                new Sql("RESET row_security"),
                new Sql("RESET lock_timeout"),
                new Sql("RESET statement_timeout"),
                new Sql("RESET client_connection_check_interval"));
    }

    /** Asks for statements that set again what the session has now, which may differ from what RESET would set: a changelog's search_path. */
    static String present() {
        return """
                SELECT format('SELECT pg_catalog.set_config(%L, %L, false)', name, pg_catalog.current_setting(name)) AS statement
                  FROM unnest(ARRAY['default_transaction_isolation', 'search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'jit', 'row_security', 'lock_timeout', 'statement_timeout',
                                    'client_connection_check_interval']) AS name
                """;
    }

    /** What one statement of a window may take at most. */
    static Sql statementTimeout(Duration rest) {
        return set("statement_timeout", rest, true);
    }

    /** What one statement of a session may take at most. */
    static Sql sessionTimeout(Duration rest) {
        return set("statement_timeout", rest, false);
    }

    /** How long the server keeps a transaction of a session whose client says nothing. */
    static Sql sessionSilence(Duration silence) {
        return set("idle_in_transaction_session_timeout", silence, false);
    }

    /** For a slice: like other online work, but on tables that only we use, and with nobody waiting for the disk: what a crash takes back is done again. */
    static List<Sql> ofSlice(String runId, Duration maxPause, int workers) {
        List<Sql> settings = new ArrayList<>(ofOnlineWork(Optional.of(runId), maxPause));
        settings.add(new Sql("SET LOCAL lock_timeout = 0"));
        settings.add(new Sql("SET LOCAL row_security = off"));
        settings.add(new Sql("SET LOCAL synchronous_commit = off"));
        // A log whose statistics are from a moment when it was empty counts as one row: rows meet it by a hash.
        settings.add(new Sql("SET LOCAL enable_mergejoin = off"));
        settings.add(new Sql("SET LOCAL enable_nestloop = off"));
        if (workers == 1) {
            // Whoever asks for one leaves the other cores to the application; with more, building an index by several
            // processes each is still faster.
            settings.add(new Sql("SET LOCAL max_parallel_maintenance_workers = 0"));
        }
        return settings;
    }

    private static List<Sql> common(Optional<String> runId, Duration maxPause, boolean local) {
        String set = local ? "SET LOCAL " : "SET ";
        List<Sql> settings = new ArrayList<>(List.of(
                // What was asked for locks must afterwards be seen as it is then, whatever the session's default.
                new Sql(
                        local
                                ? "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
                                : "SET default_transaction_isolation = 'read committed'"),
                new Sql(set + "search_path = pg_catalog, pg_temp"),
                new Sql(set + "TimeZone = 'UTC'"),
                new Sql(set + "DateStyle = 'ISO, YMD'"),
                new Sql(set + "IntervalStyle = 'postgres'"),
                // Compiling took longer than running: 1.5 instead of 0.2 s for the catalog queries of a window,
                // 0.75 instead of 0.02 s for the last changes of a table of 10 M rows, twice as long for a slice.
                new Sql(set + "jit = off"),
                set("lock_timeout", lockWait(maxPause), local)));
        settings.add(Sql.of(
                "SELECT pg_catalog.set_config('tidemark.max_pause_ms', %L, %s)",
                String.valueOf(maxPause.toMillis()), local));
        runId.ifPresent(
                id -> settings.add(Sql.of("SELECT pg_catalog.set_config(%L, %L, %s)", Journal.RUN_SETTING, id, local)));
        return settings;
    }

    private static Sql set(String setting, Duration value, boolean local) {
        return new Sql((local ? "SET LOCAL " : "SET ") + setting + " = " + Sql.literal(value.toMillis() + "ms"));
    }
}
