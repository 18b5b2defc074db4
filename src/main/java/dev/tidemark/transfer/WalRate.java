package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** The whole server writes more write-ahead log in a second than it may: archive, replicas and backups have to carry it. Needs no rights. */
final class WalRate implements Brake {
    private final WalHistory history;
    private final Supplier<Limits> limits;

    WalRate(WalHistory history, Supplier<Limits> limits) {
        this.history = history;
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.WAL_RATE);
        long rate = history.bytesPerSecond();
        return limit.isPresent() && rate > limit.getAsLong()
                ? Optional.of("the server writes " + Limit.WAL_RATE.words(OptionalLong.of(rate))
                        + " of write-ahead log a second, more than " + Limit.WAL_RATE.words(limit) + " ("
                        + Limit.WAL_RATE.option() + ")")
                : Optional.empty();
    }
}
