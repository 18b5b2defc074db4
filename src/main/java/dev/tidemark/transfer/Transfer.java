package dev.tidemark.transfer;

import dev.tidemark.journal.Slice;
import dev.tidemark.journal.SliceQueue;
import dev.tidemark.plan.Action.Slices;
import dev.tidemark.session.CommitUnanswered;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Does all slices of a step, with one worker for each connection that can be had; one is enough.
 *
 * <p>Each slice is one transaction: settings, the check that the run is still ours, the lease, the work, the note. {@link #run} is called by one
 * thread, which is the first worker; the others are its own.
 */
public final class Transfer {
    /** How long a worker that finds every waiting slice leased waits before it looks again. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    /** How long a worker that is held back waits before it asks again. */
    private static final Duration REST = Duration.ofMillis(500);
    /** Counting reads every slice of the step. */
    private static final Duration TELL_EVERY = Duration.ofSeconds(1);
    /** Attempts at one slice that fails for a reason that may pass: a deadlock, a lock that was not to be had. */
    private static final int ATTEMPTS = 20;

    /**
     * What each transaction begins with, and when to end.
     *
     * @param settings statements that open every transaction
     * @param ownership throws when the run is no longer ours; called inside the transaction
     * @param rest is asked by each worker before each slice, on its own thread
     */
    public record Guard(List<Sql> settings, Ownership ownership, Rest rest) {
        public Guard {
            settings = List.copyOf(settings);
        }
    }

    /** Makes sure that the run is still ours. */
    @FunctionalInterface
    public interface Ownership {
        void check(Session session);
    }

    /** Holds workers back. */
    @FunctionalInterface
    public interface Rest {
        /** Whether the worker of that number, from 0, may do a slice now. @throws RuntimeException when the work is to end */
        boolean mayWork(int worker);
    }

    /** Hears, on the first worker's thread, how far the step is. */
    @FunctionalInterface
    public interface Progress {
        void at(SliceQueue.Count count);
    }

    private final Slices slices;
    private final SliceQueue queue;
    private final Guard guard;
    private final Duration target;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private final List<Session> sessions = new ArrayList<>();
    private final AtomicLong slicesDone = new AtomicLong();

    /** @param target how long a slice should take */
    public Transfer(Slices slices, SliceQueue queue, Guard guard, Duration target) {
        this.slices = slices;
        this.queue = queue;
        this.guard = guard;
        this.target = target;
    }

    /** Returns when every slice is done. @throws RuntimeException what ended the first worker that failed */
    public void run(Session main, SiblingOpener siblings, int workers, Progress progress) {
        List<Sibling> opened = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 1; i < workers; i++) {
                Optional<Sibling> sibling = siblings.open();
                sibling.ifPresent(opened::add);
            }
            synchronized (sessions) {
                sessions.add(main);
                opened.forEach(s -> sessions.add(s.session()));
            }
            for (Sibling sibling : opened) {
                Thread thread = new Thread(
                        helper(sibling.session(), threads.size() + 1), "tidemark-worker-" + (threads.size() + 1));
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            }
            try {
                work(main, 0, progress);
            } catch (RuntimeException e) {
                fail(e);
            }
        } finally {
            join(threads);
            synchronized (sessions) {
                sessions.clear();
            }
            opened.forEach(Sibling::close);
        }
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    /** How many slices were done here, by all workers together; other processes may have done others. */
    public long slicesDone() {
        return slicesDone.get();
    }

    /** Asks the server to stop what every worker is doing; from any thread. */
    public void cancel() {
        synchronized (sessions) {
            sessions.forEach(Session::cancel);
        }
    }

    private Runnable helper(Session session, int worker) {
        return () -> help(session, worker);
    }

    private void help(Session session, int worker) {
        // A further connection that is lost is one worker less; its slice goes back and somebody else takes it.
        try {
            work(session, worker, count -> {});
        } catch (DatabaseException e) {
            if (!SqlState.connectionLost(e.sqlState()) || session.isAlive(1)) {
                fail(e);
            }
        } catch (CommitUnanswered e) {
            // Done or gone back: the queue tells the others.
            if (session.isAlive(1)) {
                fail(e);
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void fail(RuntimeException e) {
        if (!failure.compareAndSet(null, e)) {
            RuntimeException first = failure.get();
            if (first != null && first != e) {
                first.addSuppressed(e);
            }
        }
    }

    private void work(Session session, int worker, Progress progress) {
        SliceSize size = new SliceSize(slices.unit(), target);
        long told = System.nanoTime();
        int attempts = 0;
        while (failure.get() == null) {
            boolean resting = !guard.rest().mayWork(worker);
            try {
                if (resting) {
                    if (queue.count(session).pending() == 0) {
                        return;
                    }
                    pause(REST);
                } else if (next(session, size)) {
                    if (System.nanoTime() - told > TELL_EVERY.toNanos()) {
                        progress.at(queue.count(session));
                        told = System.nanoTime();
                    }
                } else if (queue.count(session).pending() == 0) {
                    return;
                } else {
                    pause(LOOK_AGAIN);
                }
                attempts = 0;
            } catch (DatabaseException e) {
                if (!SqlState.worthRepeating(e.sqlState()) || ++attempts >= ATTEMPTS || !session.isAlive(5)) {
                    throw e;
                }
                pause(LOOK_AGAIN.multipliedBy(1L << Math.min(attempts, 6)));
            }
        }
    }

    /** Does one slice. Returns whether there was one. */
    private boolean next(Session session, SliceSize size) {
        Optional<Slice> found = slices.unit() == Slices.Unit.WHOLE ? peek(session) : fitting(session, size);
        if (found.isEmpty()) {
            return false;
        }
        long number = found.get().number();
        AtomicReference<@Nullable Slice> taken = new AtomicReference<>();
        long start = System.nanoTime();
        session.transaction(() -> {
            open(session);
            queue.lease(session, number).ifPresent(slice -> {
                long rows = session.count(
                        slices.work().statement(slice.part(), slice.lower(), slice.upper(), slice.number()));
                session.execute(queue.done(number, rows, millisSince(start)));
                taken.set(slice);
            });
        });
        Slice slice = taken.get();
        if (slice != null) {
            slicesDone.incrementAndGet();
            size.took(slice.weight(), millisSince(start));
        }
        return true;
    }

    private Optional<Slice> peek(Session session) {
        List<Slice> found = new ArrayList<>();
        session.transaction(() -> queue.lease(session).ifPresent(found::add));
        return found.stream().findFirst();
    }

    /** Finds a slice and cuts it to size, in a transaction of its own, so that others see the rest at once. */
    private Optional<Slice> fitting(Session session, SliceSize size) {
        List<Slice> found = new ArrayList<>();
        session.transaction(() -> {
            open(session);
            queue.lease(session).ifPresent(slice -> {
                if (slices.unit() == Slices.Unit.KEYS) {
                    // The weight of what is left is a guess.
                    cut(session, slice, size.isTooLarge(slice.weight()) ? size.wanted() : size.wanted() * 2);
                } else if (size.isTooLarge(slice.weight())) {
                    queue.cut(session, slice, beyond(slice, size.wanted()), size.wanted());
                }
                found.add(slice);
            });
        });
        if (!found.isEmpty() && slices.unit().isNumber() && slices.cut().isPresent()) {
            session.transaction(() -> {
                open(session);
                queue.lease(session, found.get(0).number()).ifPresent(slice -> cut(session, slice, slice.weight()));
            });
        }
        return found.stream().findFirst();
    }

    /** The bound that comes so much after a slice's lower one. */
    private String beyond(Slice slice, long wanted) {
        String lower = String.valueOf(slice.lower());
        return slices.unit() == Slices.Unit.BLOCKS
                ? Math.addExact(block(lower), wanted) + ",0"
                : String.valueOf(Math.addExact(Long.parseLong(lower), wanted));
    }

    private static long block(String place) {
        return Long.parseLong(place.substring(0, place.indexOf(',')));
    }

    /** Asks where the slice should end, and has it end there. */
    private void cut(Session session, Slice slice, long wanted) {
        slices.cut()
                .map(cut -> cut.statement(slice.part(), slice.lower(), slice.upper(), wanted))
                .flatMap(query -> session.first(query.text(), row -> Optional.ofNullable(row.getString(1)))
                        .flatMap(at -> at))
                .ifPresent(at -> queue.cut(session, slice, at, weight(slice, at, wanted)));
    }

    private long weight(Slice slice, String upper, long wanted) {
        return switch (slices.unit()) {
            case BLOCKS -> block(upper) - block(String.valueOf(slice.lower()));
            case POSITIONS ->
                slice.lower() == null
                        ? 0
                        : Math.min(slice.weight(), Long.parseLong(upper) - Long.parseLong(slice.lower()));
            case KEYS, WHOLE -> wanted;
        };
    }

    private void open(Session session) {
        session.execute(Sql.join(";\n", guard.settings()));
        guard.ownership().check(session);
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    private void join(List<Thread> threads) {
        for (Thread thread : threads) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // The others must have ended before their connections are closed; they stop at the next slice.
                    interrupted = true;
                    fail(interruption(e));
                    cancel();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pause(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interruption(e);
        }
    }

    private static RetryLater interruption(InterruptedException cause) {
        return new RetryLater("Interrupted. What is committed is kept; run the same change again to go on.", cause);
    }
}
