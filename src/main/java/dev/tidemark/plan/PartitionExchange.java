package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Cutover;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The window in which a partition leaves its table and those come that have its rows, and the window in which it comes back. No row is read or moved in
 * either: each piece has a CHECK of its range.
 *
 * <p>The table is locked before its partition, as writers that come through it do it.
 */
final class PartitionExchange implements CopyExchange {
    private final Exchange exchange;
    private final CopySubject copied;
    private final CopyTarget target;
    private final ForeignKeys foreignKeys;
    private final CopyForeignKeys local;
    private final RestingKeys resting;
    private final boolean proved;
    private final PieceStatements pieces;
    private final PartBounds bounds;

    /**
     * @param foreignKeys those of the table
     * @param local those of the partition alone
     * @param resting those of the table that leave it meanwhile
     */
    PartitionExchange(
            Exchange exchange,
            CopyTarget target,
            ForeignKeys foreignKeys,
            CopyForeignKeys local,
            RestingKeys resting,
            boolean proved) {
        this.exchange = exchange;
        this.copied = exchange.copied();
        this.target = target;
        this.foreignKeys = foreignKeys;
        this.local = local;
        this.resting = resting;
        this.proved = proved;
        this.pieces = new PieceStatements(exchange);
        this.bounds = new PartBounds(exchange);
    }

    private Replay forward() {
        return new Replay(copied, exchange.part(), copied.copy(), copied.captureOfSource(), Optional.empty());
    }

    private Replay last() {
        return proved && !copied.offline() ? forward().afterProof() : forward();
    }

    private Replay backward() {
        return Replay.ofView(copied, exchange.view(), exchange.table(), exchange.retired(), exchange.captureOfPieces());
    }

    @Override
    public Sql lockWriters() {
        return lock("", exchange.part(), "SHARE ROW EXCLUSIVE");
    }

    @Override
    public Sql lockCaptured() {
        return Sql.of(
                "DO $tidemark$ BEGIN IF to_regproc(%L) IS NOT NULL THEN %s; END IF; END $tidemark$",
                copied.captureOfSource().log().quoted(), lock("", exchange.part(), "ACCESS EXCLUSIVE"));
    }

    @Override
    public List<Sql> caughtUp(CopySubject subject) {
        return caughtUp(forward());
    }

    private List<Sql> caughtUp(Replay replay) {
        List<Sql> sql = new ArrayList<>();
        sql.add(new Unaltered(copied).check(false));
        sql.addAll(bounds.guardDefault());
        sql.addAll(target.makeRoom(copied));
        sql.add(copied.offline() ? copied.captureOfSource().everything() : replay.catchUp());
        return sql;
    }

    @Override
    public Cutover up() {
        List<Sql> prepare = new ArrayList<>(caughtUp(last()));
        prepare.add(OldSnapshots.settled(List.of(exchange.table())));
        List<Sql> locks = new ArrayList<>(locks(foreignKeys.children()));
        locks.add(lock("ONLY ", exchange.table(), "ACCESS EXCLUSIVE"));
        locks.add(lock("", exchange.part(), "ACCESS EXCLUSIVE"));
        locks.addAll(locks(foreignKeys.parents()));
        return new Cutover(
                prepare,
                Locks.together(List.of(
                        lock("ONLY ", exchange.table(), "SHARE ROW EXCLUSIVE"),
                        lock("", exchange.part(), "SHARE ROW EXCLUSIVE"))),
                replayed(),
                settled(copied.captureOfSource()),
                Locks.together(locks),
                exchanged());
    }

    /** While writers wait. */
    private List<Sql> replayed() {
        if (!copied.offline()) {
            return List.of(last().all());
        }
        List<Sql> sql = new ArrayList<>(target.makeRoom(copied));
        sql.add(forward().all());
        sql.add(FirstStatistics.of(copied));
        if (proved) {
            sql.add(new CopyProof(copied, exchange.part(), copied.copy(), copied.captureOfSource()).atOnce(false));
        }
        return sql;
    }

    private Sql settled(Capture capture) {
        return Sql.join(
                ";\n", List.of(CopyCutover.assertEmpty(capture), OldSnapshots.settled(List.of(exchange.table()))));
    }

    private List<Sql> exchanged() {
        List<Sql> sql = new ArrayList<>();
        sql.add(new Unaltered(copied).check(true));
        sql.add(new Unaltered(copied).forget());
        sql.add(new Unmoved(copied).forget());
        sql.add(copied.forget());
        sql.addAll(foreignKeys.drop());
        sql.addAll(resting.drop());
        sql.add(CopyCutover.assertEmpty(copied.captureOfSource()));
        sql.add(copied.captureOfSource().stop());
        // Its own keys come back with it. Those that its table has are its table's, and must not outlive its leaving:
        // it
        // lags behind, and would keep rows from being deleted that are referenced no more.
        sql.add(local.takeOff(copied));
        sql.add(Sql.of("ALTER TABLE %I DETACH PARTITION %I", exchange.table(), exchange.part()));
        sql.add(local.drop(copied));
        sql.add(new RestingTriggers(copied, true).rest());
        sql.addAll(Retirement.away(exchange.own()));
        sql.addAll(pieces.attach());
        sql.addAll(bounds.releaseDefault());
        sql.addAll(resting.addUnvalidated());
        if (Autovacuum.comesInWindow(copied)) {
            sql.add(letIn(copied));
        }
        sql.addAll(exchange.captureOfPieces().startOn(exchange.pieces()));
        sql.addAll(foreignKeys.restoreUnvalidated());
        sql.addAll(pieces.remember());
        return sql;
    }

    @Override
    public List<Sql> followed(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(bounds.guardDefault());
        sql.add(FollowIndexes.ahead(exchange.table(), exchange.retired()));
        sql.add(pieces.view());
        sql.add(bounds.boundOfRetired());
        sql.add(
                copied.offline()
                        ? exchange.captureOfPieces().everything()
                        : backward().catchUp());
        return sql;
    }

    @Override
    public CopyProof proofBack(CopySubject subject) {
        return new CopyProof(copied, exchange.view(), exchange.retired(), exchange.captureOfPieces());
    }

    @Override
    public Cutover down() {
        List<Sql> prepare = new ArrayList<>(followed(copied));
        prepare.add(OldSnapshots.settled(List.of(exchange.table())));
        List<Sql> replay = new ArrayList<>(List.of(backward().all()));
        if (copied.offline() && proved) {
            replay.add(proofBack(copied).atOnce(true));
        }
        return new Cutover(
                prepare,
                lock("ONLY ", exchange.table(), "SHARE ROW EXCLUSIVE"),
                replay,
                settled(exchange.captureOfPieces()),
                pieces.lock(foreignKeys.children(), foreignKeys.parents()),
                exchangedBack());
    }

    private List<Sql> exchangedBack() {
        List<Sql> sql = new ArrayList<>();
        sql.addAll(check().statements());
        sql.add(CopyCutover.assertEmpty(exchange.captureOfPieces()));
        sql.add(exchange.captureOfPieces().stop());
        sql.addAll(foreignKeys.drop());
        sql.addAll(resting.drop());
        sql.addAll(pieces.drop());
        sql.addAll(pieces.attachRetired());
        sql.addAll(bounds.releaseDefault());
        sql.addAll(resting.addUnvalidated());
        sql.add(local.restore(copied));
        sql.add(new RestingTriggers(copied, true).goOn());
        sql.addAll(foreignKeys.restoreUnvalidated());
        sql.addAll(pieces.forget());
        return sql;
    }

    @Override
    public Sql letIn(CopySubject subject) {
        return Autovacuum.letIn(Sql.of("SELECT p.oid FROM (%s) AS p", exchange.pieces()));
    }

    @Override
    public List<Sql> drop(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(bounds.releaseDefault());
        sql.addAll(DropInParts.of(copied.copy()));
        return sql;
    }

    @Override
    public Check check() {
        return new Check(List.of(WayBackCheck.block(
                exchange.whole(),
                List.of(
                        WayBackCheck.retiredGone(exchange.whole()),
                        WayBackCheck.reshaped(exchange.whole()),
                        pieces.dependents()))));
    }

    private static List<Sql> locks(Collection<TableName> tables) {
        return tables.isEmpty() ? List.of() : List.of(Locks.tables(tables, "ACCESS EXCLUSIVE"));
    }

    private static Sql lock(String only, TableName table, String mode) {
        return Sql.of("LOCK TABLE %s%I IN %s MODE", new Sql(only), table, new Sql(mode));
    }
}
