package dev.tidemark.plan;

import java.util.stream.Stream;

/** A standby repeats what its primary does, and changes nothing itself. */
final class Standby implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.server().inRecovery()
                ? Stream.of(Finding.blocking(
                        "TM201",
                        "This server is a standby (in recovery) and cannot be changed.",
                        "Connect to the primary, for example with targetServerType=primary in the URL."))
                : Stream.empty();
    }
}
