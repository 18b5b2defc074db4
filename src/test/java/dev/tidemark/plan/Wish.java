package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.ServerSession;
import dev.tidemark.schema.Subscription;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.TableName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A wish for table {@code m}, the table and the server: by themselves without fault, so that a test shows the one it puts in. */
final class Wish {
    static final TimescaleDb COMMUNITY = new TimescaleDb("2.29.2", "public", TimescaleDb.Edition.COMMUNITY);
    static final TimescaleDb APACHE = new TimescaleDb("2.19.3", "public", TimescaleDb.Edition.APACHE);

    final Tables table;
    ConversionRequest.Goal goal = ConversionRequest.Goal.HYPERTABLE;
    Partitioning partitioning;
    KeyChoice keys = KeyChoice.EXTEND;
    boolean missing;
    String name = "m";
    String timeColumn = "ts";
    Epoch epoch;
    String chunkInterval = "1 day";
    String compressAfter;
    List<String> segmentBy = List.of();
    List<String> orderBy = List.of();
    String retiredName;
    Strategy strategy = Strategy.AUTO;
    Duration maxPause = Duration.ofSeconds(2);
    boolean includeDetached;
    long readRate = 1_000_000_000;
    final Set<TableName> taken = new HashSet<>(Set.of(Tables.M));

    int version = 170005;
    boolean superuser;
    boolean createOnDatabase = true;
    boolean mayReplicaRole;
    boolean standby;
    TimescaleDb timescaledb = COMMUNITY;
    String available = "2.29.2";
    boolean preloaded = true;
    final List<String> publicationsOfAllTables = new ArrayList<>();
    final Map<String, List<String>> publicationsOfSchemas = new HashMap<>();
    final List<Subscription> subscriptions = new ArrayList<>();
    final List<ServerSession> sessions = new ArrayList<>();
    final Map<String, Boolean> mayCreateIn = new HashMap<>(Map.of("public", true));
    List<String> roles = List.of("app");
    List<MissingRight> partmanMissing = List.of();
    List<MissingRight> journalMissing = List.of();
    long maxLocks = 64;
    boolean cron;
    String retention;

    Wish(Tables table) {
        this.table = table;
    }

    static Wish plain() {
        return new Wish(new Tables());
    }

    /** A plain table with a key, to become partitions. */
    static Wish partitions() {
        Wish wish = plain();
        wish.goal = ConversionRequest.Goal.PARTITIONS;
        wish.partitioning = Partitioning.DEFAULTS;
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        return wish;
    }

    /** Two partitions with a key, to become a plain table. */
    static Wish plainTable() {
        Wish wish = daily(2);
        wish.goal = ConversionRequest.Goal.PLAIN_TABLE;
        wish.chunkInterval = null;
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        return wish;
    }

    static Wish daily(int days) {
        return new Wish(new Tables().daily(days));
    }

    Situation situation() {
        TableName target = new TableName("public", name);
        return new Situation(
                new ConversionRequest(
                        goal,
                        List.of(new ConversionTarget(
                                target,
                                timeColumn,
                                Optional.ofNullable(epoch),
                                Optional.ofNullable(chunkInterval).map(Interval::parse),
                                Optional.ofNullable(retention).map(Interval::parse),
                                Optional.ofNullable(compressAfter).map(Interval::parse),
                                segmentBy,
                                orderBy,
                                Optional.ofNullable(retiredName),
                                Optional.ofNullable(partitioning))),
                        new Options(
                                strategy,
                                maxPause,
                                ForeignKeyChoice.REFUSE,
                                keys,
                                includeDetached,
                                false,
                                PolicyStart.AFTER_FINALIZE,
                                Verification.STORAGE)),
                missing ? Map.of() : Map.of(target, table.build()),
                server(),
                taken,
                readRate,
                "tidemark",
                journalMissing);
    }

    private Server server() {
        return new Server(
                version,
                "17.5",
                "shop",
                "app",
                superuser,
                createOnDatabase,
                mayReplicaRole || superuser,
                standby,
                Optional.ofNullable(timescaledb),
                Optional.ofNullable(available),
                preloaded,
                Optional.of(new Server.Extension("5.2.4", "partman")),
                Optional.of(new Server.Extension("1.6", "pg_catalog")).filter(c -> cron),
                Map.of(
                        "max_locks_per_transaction",
                        String.valueOf(maxLocks),
                        "max_connections",
                        "100",
                        "max_prepared_transactions",
                        "0"),
                publicationsOfAllTables,
                publicationsOfSchemas,
                subscriptions,
                sessions,
                mayCreateIn,
                roles,
                partmanMissing);
    }

    /** What there is to say, without the notes that every conversion gets, each as code, what and remedy. */
    List<String> findings() {
        return plan().findings().stream()
                .filter(f -> !List.of("TM148", "TM155", "TM163", "TM176", "TM186", "TM321")
                        .contains(f.code()))
                .map(f -> (f.blocking() ? "NO " : "note ") + f)
                .toList();
    }

    Plan plan() {
        return new Planner(Clock.fixed(Instant.parse("2026-11-20T12:00:00Z"), ZoneOffset.UTC)).plan(situation());
    }
}
