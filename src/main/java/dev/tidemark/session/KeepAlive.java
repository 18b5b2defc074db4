package dev.tidemark.session;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a session from being closed as idle while its thread waits for others: says {@code SELECT 1} now and then, unless a statement or a
 * transaction is under way, which says enough.
 *
 * <p>To be closed before the connection is used other than through the {@link Session}.
 */
public final class KeepAlive implements AutoCloseable {
    /** Firewalls, proxies and balancers close what is idle for a minute or so. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

    /** Of the server's own limit: a ping that comes late is still in time. */
    private static final int SHARE_OF_LIMIT = 3;

    private final Session session;
    private final Duration every;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private KeepAlive(Session session, Duration every) {
        this.session = session;
        this.every = every;
        this.thread = new Thread(this::pingUntilClosed, "tidemark-keep-alive");
        this.thread.setDaemon(true);
    }

    /** Begins now: every 30 s, and more often where {@code idle_session_timeout} is shorter. Called by the session's thread. */
    public static KeepAlive of(Session session) {
        KeepAlive keepAlive = new KeepAlive(session, silenceAllowedBy(session));
        keepAlive.thread.start();
        return keepAlive;
    }

    private static Duration silenceAllowedBy(Session session) {
        // In milliseconds, 0 for no limit; the setting came with PostgreSQL 14.
        return session.first(
                        "SELECT setting::pg_catalog.int8 FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout' AND setting <> '0'",
                        row -> Duration.ofMillis(row.getLong(1)).dividedBy(SHARE_OF_LIMIT))
                .filter(share -> share.compareTo(LONGEST_SILENCE) < 0)
                .orElse(LONGEST_SILENCE);
    }

    private void pingUntilClosed() {
        try {
            while (!closed.await(every.toNanos(), TimeUnit.NANOSECONDS)) {
                ping();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ping() {
        try {
            session.ping();
        } catch (DatabaseException e) {
            // The session's own thread will meet it at its next statement and knows what to do.
            System.getLogger(KeepAlive.class.getName())
                    .log(System.Logger.Level.DEBUG, "the connection does not answer", e);
        }
    }

    /** Ends it; when this returns, no ping is under way any more. */
    @Override
    public void close() {
        closed.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
