package dev.tidemark.plan;

import java.time.Clock;
import java.util.List;
import java.util.Set;

/** All rules, in the order in which a person would want to hear of them. */
final class Preflight {
    private static final List<Rule> RULES = List.of(
            new Standby(),
            new ServerTooOld(),
            new TableMissing(),
            new NotATable(),
            new AlreadyHypertable(),
            new TimescaleDbNotInstalled(),
            new AttachNotHere(),
            new AdoptVersion(),
            new AdoptNotSuperuser(),
            new CopyTooLarge(),
            new RestStays(),
            new GuardedKey(),
            new AlreadyPlain(),
            new HypertableSource(),
            new CopyWithoutKey(),
            new DiskForCopy(),
            new NotTheOwner(),
            new RowSecurityApplies(),
            new NoCreateInSchema(),
            new JournalSchema(),
            new PartmanRights(),
            new TimeColumnMissing(),
            new TimeColumnType(),
            new EpochAndType(),
            new TimeColumnGenerated(),
            new TimeColumnNulls(),
            new InfiniteTimes(),
            new ChunkIntervalMissing(),
            new ChunkIntervalUnusable(),
            new PartitionWidth(),
            new TimeZoneUnknown(),
            new PartitionNames(),
            new TooManyPartitions(),
            new RowFarAhead(Clock.systemUTC()),
            new CompressionColumns(),
            new RetiredNameUnusable(),
            new TemporaryTable(),
            new InheritanceAround(),
            new TypedTable(),
            new RulesOnTable(),
            new TransitionTriggers(),
            new RowSecurityAndCompression(),
            new UniqueKeyWithoutTime(),
            new ConflictPlaces(),
            new GroupedPlaces(),
            new WholeTablePlaces(),
            new UniqueExpression(),
            new ExclusionWithoutTime(),
            new ChecksForChunks(),
            new InvalidIndex(),
            new UnfitForHistory(),
            new LeavingHypertable(),
            new LeavingNotes(),
            new UnvalidatedForeignKey(),
            new OneHistoryPartition(),
            new WayBackOfHistory(),
            new TimeSetByTrigger(),
            new MissingIndex(),
            new PartitionMethod(),
            new PartitionKeyIsTime(),
            new SubPartitions(),
            new PartitionKind(),
            new PartitionPersistence(),
            new PartitionHeirs(),
            new OverlappingRanges(),
            new DefaultRows(),
            new MaterializedViews(),
            new TiedObjects(),
            new Published(),
            new PublishedWithAll(),
            new Subscribed(),
            new PreparedTransactions(),
            new LongTransactions(),
            new Wraparound(),
            new CompressionNotHere(),
            new EarlyAttach(),
            new RetiredNameTaken(),
            new DetachedLeftOut(),
            new PartitionOwner(),
            new TwinIndexes(),
            new PartitionTriggers(),
            new TriggersSwitched(),
            new PartmanOddities(),
            new ChunkGrid(),
            new ViewsFollow(),
            new ParallelRestore(),
            new TimeUpdates(),
            new NoBinaryOutput(),
            new DefaultAlone(),
            new ForeignKeysIntoParts(),
            new ForeignKeysByTrigger(),
            new RetentionWithoutTimescale(),
            new PartmanAsManager(),
            new UpkeepRunner(),
            new RetentionDrops(Clock.systemUTC()));

    /** What matters where partitions stay as they are and only somebody else looks after them. */
    private static final Set<Class<? extends Rule>> OF_HAND_OVER = Set.of(
            Standby.class,
            ServerTooOld.class,
            TableMissing.class,
            NotATable.class,
            NotTheOwner.class,
            NoCreateInSchema.class,
            JournalSchema.class,
            PartmanRights.class,
            TimeColumnMissing.class,
            TimeColumnType.class,
            EpochAndType.class,
            PartitionWidth.class,
            TimeZoneUnknown.class,
            PartitionNames.class,
            PartmanAsManager.class,
            UpkeepRunner.class,
            RetentionDrops.class);

    private static final List<PlannedRule> PLANNED_RULES =
            List.of(new LockCapacity(), new WindowTooLong(), new OpenEnd());

    private Preflight() {}

    /** Of an exchange: the table stays what it is. */
    private static final List<Rule> EXCHANGE_RULES = List.of(
            new Standby(),
            new ServerTooOld(),
            new TableMissing(),
            new NotATable(),
            new ExchangeTable(),
            new TimeColumnType(),
            new EpochAndType(),
            new AsManaged(),
            new ExchangePart(),
            new DiskForCopy(),
            new NotTheOwner(),
            new RowSecurityApplies(),
            new NoCreateInSchema(),
            new JournalSchema(),
            new PartitionWidth(),
            new TimeZoneUnknown(),
            new PartitionNames(),
            new PreparedTransactions(),
            new LongTransactions(),
            new Wraparound(),
            new PublishedWithAll());

    static List<Finding> findings(Situation situation) {
        if (situation.request().goal().exchanges()) {
            return EXCHANGE_RULES.stream()
                    .flatMap(rule -> rule.judge(situation))
                    .distinct()
                    .toList();
        }
        boolean hypertables = situation.request().goal() == ConversionRequest.Goal.HYPERTABLE;
        boolean partitions = situation.request().goal() == ConversionRequest.Goal.PARTITIONS;
        boolean copied = Decision.of(situation).strategy() == Strategy.COPY;
        boolean handOver = !copied && Decision.isHandOver(situation);
        // Until TimescaleDB is there, nobody knows whether it will be a copy.
        boolean known = !hypertables
                || situation.timescaledb().isPresent()
                || situation.options().strategy() != Strategy.AUTO;
        return RULES.stream()
                .filter(rule -> !handOver || OF_HAND_OVER.contains(rule.getClass()))
                .filter(rule -> hypertables || !(rule instanceof HypertableRule))
                .filter(rule -> partitions || !(rule instanceof PartitionsRule))
                .filter(rule -> (!copied && partitions) || !(rule instanceof HistoryRule))
                .filter(rule ->
                        (!copied && (hypertables || LeavingHypertable.isIn(situation))) || !(rule instanceof ChunkRule))
                .filter(rule -> (!copied && hypertables) || !(rule instanceof ZeroCopyRule))
                .filter(rule -> copied || !(rule instanceof CopyRule))
                .filter(rule -> known || !(rule instanceof CopyRule))
                .flatMap(rule -> rule.judge(situation))
                .distinct()
                .toList();
    }

    /** What is to be said once the details are decided, where nothing has been refused so far. */
    static List<Finding> findings(Planned planned) {
        return PLANNED_RULES.stream()
                .flatMap(rule -> rule.judge(planned))
                .distinct()
                .toList();
    }
}
