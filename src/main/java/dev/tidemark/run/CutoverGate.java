package dev.tidemark.run;

import dev.tidemark.journal.CutoverWait;
import dev.tidemark.plan.CutoverHours;
import dev.tidemark.plan.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Stands before the cutover until its hours have come, and sees to it that what was proved is fresh then. Meanwhile changes are replayed now and then, so that
 * little is left when it opens.
 */
final class CutoverGate {
    /** A proof that was taken earlier is taken again. */
    private static final Duration FRESH = Duration.ofHours(1);
    /** Between two replays: little comes together, and a stop, a limit of the log or a lost connection is noticed. */
    private static final Duration BETWEEN_REPLAYS = Duration.ofSeconds(30);
    /** Time for a proof that takes a little longer than the one before. */
    private static final Duration SPARE = Duration.ofSeconds(10);

    private final Optional<CutoverHours> hours;
    private final CutoverWait journal;
    private final Patience patience;
    private final Listener listener;
    private final Clock clock;

    CutoverGate(Optional<CutoverHours> hours, CutoverWait journal, Patience patience, Listener listener, Clock clock) {
        this.hours = hours;
        this.journal = journal;
        this.patience = patience;
        this.listener = listener;
        this.clock = clock;
    }

    /** Whether the cutover may begin now. */
    boolean isOpen() {
        return untilOpen().isZero();
    }

    private Duration untilOpen() {
        Instant now = clock.instant();
        return hours.map(h -> h.untilNext(now)).orElse(Duration.ZERO);
    }

    /**
     * Returns when the cutover may begin, or when the proof has to be taken again to be fresh by then.
     *
     * @param replay what is done now and then meanwhile
     * @return whether it may begin
     */
    boolean pass(String runId, Step step, Runnable replay) {
        boolean told = false;
        while (true) {
            Duration rest = untilOpen();
            Optional<Duration> left = untilProof(runId, rest);
            if (left.filter(d -> d.isZero() || d.isNegative()).isPresent()) {
                return false;
            }
            if (rest.isZero()) {
                return true;
            }
            if (!told) {
                listener.waitsForHours(step, clock.instant().plus(rest));
                told = true;
            }
            replay.run();
            patience.pause(shortest(shortest(untilOpen(), BETWEEN_REPLAYS), left.orElse(BETWEEN_REPLAYS)));
        }
    }

    /** How long until the proof has to be begun again; nothing if it will be fresh enough, or if there is none. */
    private Optional<Duration> untilProof(String runId, Duration rest) {
        return journal.proof(runId, false)
                .filter(proof -> proof.age().plus(rest).compareTo(FRESH) > 0)
                .map(proof -> rest.minus(proof.took().plus(SPARE)));
    }

    /** Whether a way back that was broken off has a proof that is too old to go on with. */
    boolean isProofOfWayBackOld(String runId) {
        return journal.proof(runId, true)
                .filter(proof -> proof.age().compareTo(FRESH) > 0)
                .isPresent();
    }

    private static Duration shortest(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
