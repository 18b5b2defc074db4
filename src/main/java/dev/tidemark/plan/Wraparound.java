package dev.tidemark.plan;

import dev.tidemark.schema.ServerSession;
import java.util.stream.Stream;

/** Autovacuum against wraparound does not make way for a lock, other than ordinary autovacuum. */
final class Wraparound implements Rule {
    /** Part of {@link ServerSession#kind()} of such a worker. */
    static final String KIND = "to prevent wraparound";

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().sessions().stream()
                .filter(s -> s.kind().contains(KIND) && !s.locks().isEmpty())
                .map(s -> Finding.note(
                        "TM212",
                        "Autovacuum " + KIND + " (process " + s.pid() + ") has worked on " + Phrases.list(s.locks())
                                + " for " + Figures.time(s.transactionAge()) + "; it does not make way for a window.",
                        "Let it finish; the window is tried until then."));
    }
}
