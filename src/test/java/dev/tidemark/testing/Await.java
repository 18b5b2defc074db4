package dev.tidemark.testing;

import java.time.Duration;
import java.util.function.Supplier;

/** Waits for what other threads, processes and servers do in their own time. */
public final class Await {
    /** Short against what is waited for, long against a query. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private Await() {}

    /** Something that becomes true. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns as soon as the condition holds. @throws AssertionError after {@code limit}, with {@code what} it was that never happened */
    public static void until(String what, Duration limit, Condition condition) {
        until(() -> what, limit, condition);
    }

    /** The same, where what to say is only known in the end. */
    public static void until(Supplier<String> what, Duration limit, Condition condition) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("not within " + limit.toSeconds() + " s: " + what.get());
                }
                Thread.sleep(BETWEEN_LOOKS.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting: " + what.get(), e);
        } catch (Exception e) {
            throw new AssertionError("failed while waiting: " + what.get(), e);
        }
    }
}
