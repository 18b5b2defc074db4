package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.Session;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** A replication slot that nobody reads holds back write-ahead log until the disk is full, the faster the more is written. Needs no rights. */
final class IdleSlots implements Brake {
    private static final String HELD_BACK =
            """
            SELECT slot_name::text AS name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS bytes
              FROM pg_replication_slots
             WHERE NOT active AND restart_lsn IS NOT NULL
             ORDER BY bytes DESC
             LIMIT 1""";

    private final Session session;
    private final Supplier<Limits> limits;

    IdleSlots(Session session, Supplier<Limits> limits) {
        this.session = session;
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.SLOT_WAL);
        if (limit.isEmpty()) {
            return Optional.empty();
        }
        record Slot(String name, long bytes) {}
        return session.first(HELD_BACK, r -> new Slot(r.getString("name"), r.getLong("bytes")))
                .filter(slot -> slot.bytes() > limit.getAsLong())
                .map(slot -> "nobody reads replication slot " + slot.name() + ", which holds back "
                        + Limit.SLOT_WAL.words(OptionalLong.of(slot.bytes())) + " of write-ahead log, more than "
                        + Limit.SLOT_WAL.words(limit) + " (" + Limit.SLOT_WAL.option()
                        + "). Start its reader, or drop the slot if nobody needs it");
    }
}
