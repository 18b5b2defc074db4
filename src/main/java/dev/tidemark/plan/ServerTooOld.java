package dev.tidemark.plan;

import java.util.stream.Stream;

/** The statements of a conversion are those of PostgreSQL 14 and later. */
final class ServerTooOld implements Rule {
    private static final int OLDEST = 140_000;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().version() >= OLDEST
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM200",
                        "The server runs PostgreSQL " + situation.server().versionText()
                                + "; the oldest that works is 14.",
                        "Upgrade the server."));
    }
}
