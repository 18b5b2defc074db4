package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A replica, physical or logical, is too far behind. One that has left counts from where it was: the server itself forgets it at once.
 *
 * <p>Without {@code pg_read_all_stats} the position of a physical standby cannot be seen, that of a logical subscriber can, in its slot.
 */
final class ReplicaLag implements Brake {
    /**
     * Walsenders whose state is hidden have a NULL there; backups have {@code backup}. Who only stores the log, as {@code pg_receivewal} does, replays
     * nothing and may not flush.
     */
    private static final String REPLICAS =
            """
            SELECT coalesce(s.slot_name::text, r.application_name || coalesce(' at ' || host(r.client_addr), ''), '') AS name,
                   pg_wal_lsn_diff(
                       coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn, CASE s.slot_type WHEN 'logical' THEN s.confirmed_flush_lsn END),
                       '0/0')::bigint AS position,
                   coalesce(s.temporary, false) AS temporary,
                   s.slot_name IS NOT NULL AS slotted,
                   r.state IS NULL AND s.slot_type IS DISTINCT FROM 'logical' AS hidden,
                   coalesce(extract(epoch FROM r.replay_lag) * 1000, 0)::bigint AS reported_ms,
                   current_user::text AS asking
              FROM pg_stat_replication AS r
              LEFT JOIN pg_replication_slots AS s ON s.active_pid = r.pid
             WHERE r.state IS NULL OR r.state IN ('streaming', 'catchup')""";

    private record Replica(
            String name,
            long position,
            boolean temporary,
            boolean slotted,
            boolean hidden,
            long reported,
            String asking) {
        static Replica of(ResultSet row) throws SQLException {
            return new Replica(
                    row.getString("name"),
                    row.getLong("position"),
                    row.getBoolean("temporary"),
                    row.getBoolean("slotted"),
                    row.getBoolean("hidden"),
                    row.getLong("reported_ms"),
                    row.getString("asking"));
        }
    }

    private final Session session;
    private final WalHistory history;
    private final Supplier<Limits> limits;
    private final Map<String, Replica> known = new TreeMap<>();

    ReplicaLag(Session session, WalHistory history, Supplier<Limits> limits) {
        this.session = session;
        this.history = history;
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.REPLICA_LAG);
        if (limit.isEmpty()) {
            // Whoever left while nobody cared must not come back as a reason.
            known.clear();
            return Optional.empty();
        }
        List<Replica> present = session.query(REPLICAS, Replica::of);
        for (Replica replica : present) {
            if (replica.hidden()) {
                return Optional.of(
                        "the lag of a standby cannot be seen: " + Remedies.grant("pg_read_all_stats", replica.asking())
                                + ", or " + Limit.REPLICA_LAG.option() + "=off");
            }
        }
        Set<String> names = present.stream().map(Replica::name).collect(Collectors.toSet());
        known.values().removeIf(replica -> replica.temporary() || names.contains(replica.name()));
        forgetDropped();
        // Two of one name: the one that is further behind.
        present.forEach(replica -> known.merge(replica.name(), replica, (a, b) -> a.position() < b.position() ? a : b));
        return known.values().stream()
                .filter(replica -> lag(replica, names).toMillis() > limit.getAsLong())
                .findFirst()
                .map(replica -> words(replica, limit, names));
    }

    /** Who drops a replica's slot says that it is not to come back; a subscription does so with each table that it has copied. */
    private void forgetDropped() {
        if (known.values().stream().anyMatch(Replica::slotted)) {
            Set<String> slots =
                    Set.copyOf(session.query("SELECT slot_name::text FROM pg_replication_slots", r -> r.getString(1)));
            known.values().removeIf(replica -> replica.slotted() && !slots.contains(replica.name()));
        }
    }

    /** What is reported is of use for what was before the first sample only, and only from one that is behind. */
    private Duration lag(Replica replica, Set<String> present) {
        Duration age = history.age(replica.position());
        Duration reported = Duration.ofMillis(replica.reported());
        return present.contains(replica.name()) && !age.isZero() && reported.compareTo(age) > 0 ? reported : age;
    }

    private String words(Replica replica, OptionalLong limit, Set<String> present) {
        boolean here = present.contains(replica.name());
        return "replica " + replica.name() + " is " + (here ? "" : "gone and ")
                + Limit.REPLICA_LAG.words(OptionalLong.of(lag(replica, present).toMillis())) + " behind, more than "
                + Limit.REPLICA_LAG.words(limit) + " (" + Limit.REPLICA_LAG.option() + ")"
                + (here
                        ? ""
                        : ". Start it; where it is not to come back, drop its slot or say " + Limit.REPLICA_LAG.option()
                                + "=off");
    }
}
