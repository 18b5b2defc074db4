package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.ServerSession;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void prepared_transactions() {
        wish.sessions.add(session(0, "order 17", "prepared", "prepared transaction", 3600));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM210 The prepared transaction 'order 17' of \"app\" has held locks for 60 min 0 s:"
                                + " public.m: RowExclusiveLock. No window can open while it does. COMMIT PREPARED 'order 17'; or"
                                + " ROLLBACK PREPARED 'order 17';");
    }

    @Test
    void long_transactions() {
        wish.sessions.add(session(4711, "report", "idle in transaction", "client backend", 60));
        wish.sessions.add(session(4712, "quick", "active", "client backend", 1));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM211 Session 4711 (report, user \"app\", idle in transaction) has had a transaction open"
                                + " for 60 s and holds locks: public.m: RowExclusiveLock. A window opens only when it has ended; until"
                                + " then each attempt gives up and is repeated. End it if nobody needs it: SELECT"
                                + " pg_terminate_backend(4711);");
    }

    @Test
    void wraparound() {
        wish.sessions.add(session(99, "", "active", "autovacuum worker to prevent wraparound", 600));
        assertThat(wish.findings())
                .containsExactly("note TM212 Autovacuum to prevent wraparound (process 99) has worked on public.m:"
                        + " RowExclusiveLock for 10 min 0 s; it does not make way for a window. Let it finish; the window is"
                        + " tried until then.");
    }

    private static ServerSession session(int pid, String application, String state, String kind, long seconds) {
        return new ServerSession(
                pid,
                application,
                "app",
                state,
                Duration.ofSeconds(seconds),
                kind,
                List.of("public.m: RowExclusiveLock"));
    }
}
