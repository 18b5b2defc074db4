package dev.tidemark.plan;

import dev.tidemark.schema.ServerSession;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** A window waits for whoever holds a lock on its tables, and everybody else waits behind it. */
final class LongTransactions implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().sessions().stream()
                .filter(s -> s.pid() != 0
                        && !s.kind().contains(Wraparound.KIND)
                        && !s.locks().isEmpty()
                        && s.transactionAge().compareTo(situation.options().maxPause()) > 0)
                .map(s -> Finding.note(
                        "TM211",
                        "Session " + s.pid() + " (" + who(s) + ", " + s.state()
                                + ") has had a transaction open for " + Figures.time(s.transactionAge())
                                + " and holds locks: " + Phrases.list(s.locks()) + ".",
                        "A window opens only when it has ended; until then each attempt gives up and is repeated. End it if"
                                + " nobody needs it: SELECT pg_terminate_backend(" + s.pid() + ");"));
    }

    private static String who(ServerSession session) {
        return (session.application().isEmpty() ? session.kind() : session.application()) + ", user "
                + Sql.identifier(session.user().isEmpty() ? "?" : session.user());
    }
}
