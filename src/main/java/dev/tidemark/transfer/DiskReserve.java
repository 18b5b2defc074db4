package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A disk is filled up to its reserve: that stops the copy. Where nobody may know how much is free, as a plain owner on somebody else's server, the
 * copy rests if a reserve was asked for, and goes on if it is only the default's.
 */
final class DiskReserve implements Brake {
    /** A program is started on the server each time; the reserve is more than most disks write meanwhile. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);

    private final DiskSpace space;
    private final Supplier<Limits> limits;
    private final LongSupplier nanoTime;
    private Optional<DiskSpace.Free> tightest = Optional.empty();
    private OptionalLong looked = OptionalLong.empty();

    DiskReserve(DiskSpace space, Supplier<Limits> limits, LongSupplier nanoTime) {
        this.space = space;
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    @Override
    public Optional<String> reason() {
        if (limits.get().of(Limit.DISK_RESERVE).isEmpty()) {
            return Optional.empty();
        }
        long now = nanoTime.getAsLong();
        if (looked.isEmpty() || now - looked.getAsLong() >= BETWEEN_LOOKS.toNanos()) {
            tightest = space.tightest();
            looked = OptionalLong.of(now);
        }
        return space.whyUnknown()
                .filter(why -> limits.get().own().containsKey(Limit.DISK_RESERVE))
                .map(why -> "it is not known how much is free on the server's disks: " + why + "; or say "
                        + Limit.DISK_RESERVE.option() + "=off if somebody else watches them");
    }

    /** Whether the copy must not even begin, because it will not fit. */
    Optional<Stop> shortfall() {
        return space.shortfall(limits.get().of(Limit.DISK_RESERVE).orElse(0))
                .map(missing -> new Stop("The copy is not begun, because it will not fit: " + missing
                        + ". Free space there, or set a smaller reserve with \"liquibase tidemark resume\" and "
                        + Limit.DISK_RESERVE.option() + ", then run the same change again."));
    }

    /** Whether the copy has to end, by what {@link #reason()} found last. */
    Optional<Stop> stop() {
        OptionalLong reserve = limits.get().of(Limit.DISK_RESERVE);
        return tightest.filter(free -> reserve.isPresent() && free.freeBytes() < reserve.getAsLong())
                .map(free -> new Stop(free.name() + " has "
                        + Limit.DISK_RESERVE.words(OptionalLong.of(free.freeBytes()))
                        + " free, less than the reserve of " + Limit.DISK_RESERVE.words(reserve)
                        + ", so the copy stops. Free space there, or set a smaller reserve with "
                        + Limit.DISK_RESERVE.option()
                        + ", then run the same change again; it goes on where it stopped."));
    }
}
