package dev.tidemark.transfer;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A commit takes too long: what the application feels of a busy disk, a full CPU or a synchronous standby.
 *
 * <p>Setting a sequence writes log and commits as an INSERT does, flush and synchronous replication included, and leaves no dead row behind, which a
 * copy's own long snapshots would keep alive once a second.
 */
final class ProbeLatency implements Brake {
    /** The median of three: a single slow commit is no reason to rest, two of three are. */
    private static final int KEPT = 3;
    /** A probe is ended at so many times its limit, since it may wait for a synchronous standby that never comes. */
    private static final int CUT_OFF = 4;

    private static final long SHORTEST_CUT_OFF_MS = 1_000;

    private final Session session;
    private final Sql probe;
    private final Supplier<Limits> limits;
    private final Deque<Long> last = new ArrayDeque<>();

    ProbeLatency(Session session, Journal journal, Supplier<Limits> limits) {
        this.session = session;
        this.probe =
                Sql.of("SELECT pg_catalog.setval(%L, 1)", journal.table("probe").text());
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.PROBE);
        if (limit.isEmpty()) {
            return Optional.empty();
        }
        long cutOff = Math.max(CUT_OFF * limit.getAsLong(), SHORTEST_CUT_OFF_MS);
        long took = millisecondsOfOne(cutOff);
        if (took >= cutOff) {
            return Optional.of("a commit did not end within " + Limit.PROBE.words(OptionalLong.of(cutOff))
                    + "; it may wait for a synchronous standby or for the disk (" + Limit.PROBE.option() + ")");
        }
        last.addLast(took);
        if (last.size() > KEPT) {
            last.removeFirst();
        }
        long median =
                last.stream().sorted().skip((last.size() - 1) / 2).findFirst().orElseThrow();
        return median > limit.getAsLong()
                ? Optional.of("a commit takes " + Limit.PROBE.words(OptionalLong.of(median)) + ", more than "
                        + Limit.PROBE.words(limit) + " (" + Limit.PROBE.option() + ")")
                : Optional.empty();
    }

    /** At least {@code cutOff} where it was ended. */
    private long millisecondsOfOne(long cutOff) {
        long begin = System.nanoTime();
        CutOff end = new CutOff(session);
        CompletableFuture<Void> later =
                CompletableFuture.runAsync(end::cut, CompletableFuture.delayedExecutor(cutOff, TimeUnit.MILLISECONDS));
        try {
            // One statement in autocommit: its commit is part of it, so ending it reaches the wait for a synchronous
            // standby,
            // which statement_timeout does not.
            session.query(probe.text(), r -> true);
        } catch (DatabaseException e) {
            if (!e.sqlState().equals(SqlState.QUERY_CANCELED)) {
                throw e;
            }
            return Math.max(cutOff, sinceMilliseconds(begin));
        } finally {
            end.over();
            later.cancel(false);
        }
        return sinceMilliseconds(begin);
    }

    private static long sinceMilliseconds(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toMillis();
    }

    /** Ends the statement, unless it is over: a late cancel would hit the next one. */
    private static final class CutOff {
        private final Session session;
        private boolean over;

        CutOff(Session session) {
            this.session = session;
        }

        synchronized void cut() {
            if (!over) {
                session.cancel();
            }
        }

        synchronized void over() {
            over = true;
        }
    }
}
