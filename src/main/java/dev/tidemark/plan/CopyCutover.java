package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Cutover;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The exchange of names between a table and its copy, and the exchange back. No row is read or moved while readers wait. */
final class CopyCutover implements CopyExchange {
    private final List<CopySubject> subjects;
    private final Server server;
    private final CopyTarget target;
    private final ForeignKeys foreignKeys;
    private final CopyForeignKeys copied;
    private final boolean proved;

    CopyCutover(
            List<CopySubject> subjects,
            Server server,
            CopyTarget target,
            ForeignKeys foreignKeys,
            CopyForeignKeys copied,
            boolean proved) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.target = target;
        this.foreignKeys = foreignKeys;
        this.copied = copied;
        this.proved = proved;
    }

    /** What makes the copy follow the table. */
    private Replay forward(CopySubject subject) {
        return new Replay(
                subject, subject.name(), subject.copy(), subject.captureOfSource(), target.chunkTime(subject));
    }

    /** What makes the retired table follow the new one. */
    private Replay backward(CopySubject subject) {
        return new Replay(
                subject, subject.name(), subject.retired(), subject.captureOfCopy(), target.chunkTime(subject));
    }

    @Override
    public Sql lockWriters() {
        return Locks.tables(names(), "SHARE ROW EXCLUSIVE");
    }

    /** Where capture is still on, its triggers hang on the tables. */
    @Override
    public Sql lockCaptured() {
        return Sql.of(
                "DO $tidemark$ BEGIN IF to_regproc(%L) IS NOT NULL THEN %s; END IF; END $tidemark$",
                subjects.get(0).captureOfSource().log().quoted(), Locks.tables(names(), "ACCESS EXCLUSIVE"));
    }

    @Override
    public Cutover up() {
        List<TableName> exclusive = new ArrayList<>(foreignKeys.children());
        exclusive.addAll(names());
        // Taking a foreign key off a table locks what it references as well.
        exclusive.addAll(foreignKeys.parents());
        List<Sql> locks = new ArrayList<>(Dependents.lockViews(plain()));
        locks.add(Locks.tables(exclusive, "ACCESS EXCLUSIVE"));
        return new Cutover(
                prepared(all(s -> caughtUp(s, last(s)))),
                Locks.tables(names(), "SHARE ROW EXCLUSIVE"),
                all(this::replayed),
                settled(CopySubject::captureOfSource),
                Locks.together(locks),
                exchange());
    }

    private List<Sql> exchange() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(new Unaltered(subject).check(true));
            sql.add(new Unaltered(subject).forget());
            sql.add(new Unmoved(subject).forget());
            sql.add(subject.forget());
        }
        sql.addAll(foreignKeys.drop());
        for (CopySubject subject : subjects) {
            sql.add(assertEmpty(subject.captureOfSource()));
            sql.add(subject.captureOfSource().stop());
            sql.add(copied.takeOff(subject));
            // They have fired for what is replayed in the retired table; the way back gives it those that its successor
            // has then.
            subject.table().triggers().forEach(t -> sql.add(Sql.of("DROP TRIGGER %I ON %I", t.name(), subject.name())));
            sql.add(new RestingTriggers(subject).rest());
            sql.addAll(Retirement.away(subject.subject()));
            sql.addAll(takeNames(subject));
            if (Autovacuum.comesInWindow(subject)) {
                sql.add(Autovacuum.letIn(subject));
            }
            Twin twin = new Twin(subject.subject());
            sql.add(OwnRetention.moveHolds(subject.subject(), subject.retired(), subject.name()));
            sql.addAll(twin.statistics());
            sql.addAll(twin.behaviour());
            view(subject).ifPresent(view -> sql.addAll(view.create()));
            sql.addAll(copied.add(subject));
            sql.addAll(Retirement.sequencesTo(subject.subject(), subject.retired(), subject.name()));
            sql.addAll(twin.triggers());
            subject.guard().ifPresent(guard -> sql.addAll(guard.create()));
            sql.addAll(subject.captureOfCopy().start());
            sql.addAll(restParents(subject).create());
            subject.subject()
                    .partman()
                    .ifPresent(p -> sql.addAll(PartmanManagement.stop(
                            server.partman()
                                    .orElseThrow(() -> new IllegalStateException(
                                            "managed by pg_partman, but the extension is not there")),
                            p)));
            sql.addAll(Management.suspend(subject.subject()));
        }
        sql.addAll(copied.pointHere());
        sql.addAll(Dependents.retie(plain()));
        subjects.forEach(s -> sql.add(Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, 'retired table', %L, %L)",
                s.subject().journalTable("object"),
                PieceRecord.RUN,
                s.retired().quoted(),
                "the way back of " + s.name())));
        sql.add(CutoverTime.now(subjects.get(0).subject()));
        return sql;
    }

    /** Gives the new table the name that the old one has given away, and those of its indexes. */
    static List<Sql> takeNames(CopySubject subject) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                "ALTER TABLE %I RENAME TO %I", subject.copy(), subject.name().name()));
        for (Index index : subject.table().indexes()) {
            sql.add(Retirement.renamed(subject.name(), index, subject.copyNameOf(index.name()), index.name()));
        }
        return sql;
    }

    /** The window that is about to exchange the names must not leave a change behind. */
    static Sql assertEmpty(Capture capture) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM %I) THEN
                        RAISE EXCEPTION 'changes have come since the last replay' USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                capture.log());
    }

    @Override
    public Cutover down() {
        return new Cutover(
                prepared(all(this::followed)),
                Locks.tables(names(), "SHARE ROW EXCLUSIVE"),
                all(this::replayedBack),
                settled(CopySubject::captureOfCopy),
                Locks.ofWayBack(plain(), foreignKeys),
                exchangeBack());
    }

    /** Whoever works with an old snapshot for long is waited for before anybody waits for the window. */
    private List<Sql> prepared(List<Sql> statements) {
        List<Sql> sql = new ArrayList<>(statements);
        sql.add(OldSnapshots.settled(names()));
        return sql;
    }

    /** Nothing is left to replay, and nobody's snapshot is older than what was replayed. */
    private Sql settled(Function<CopySubject, Capture> capture) {
        List<Sql> sql = new ArrayList<>(each(s -> assertEmpty(capture.apply(s))));
        sql.add(OldSnapshots.settled(names()));
        return Sql.join(";\n", sql);
    }

    /** Before the window: room for what has come, and what has changed. */
    @Override
    public List<Sql> caughtUp(CopySubject subject) {
        return caughtUp(subject, forward(subject));
    }

    /** What comes after the proof, where there is one. */
    private Replay last(CopySubject subject) {
        return proved && !subject.offline() ? forward(subject).afterProof() : forward(subject);
    }

    private List<Sql> caughtUp(CopySubject subject, Replay replay) {
        List<Sql> sql = new ArrayList<>();
        sql.add(new Unaltered(subject).check(false));
        sql.addAll(target.makeRoom(subject));
        sql.add(subject.offline() ? subject.captureOfSource().everything() : replay.catchUp());
        return sql;
    }

    /** While writers wait. */
    private List<Sql> replayed(CopySubject subject) {
        if (!subject.offline()) {
            return List.of(last(subject).all());
        }
        List<Sql> sql = new ArrayList<>(target.makeRoom(subject));
        sql.add(forward(subject).all());
        sql.add(FirstStatistics.of(subject));
        if (proved) {
            sql.add(new CopyProof(subject, subject.name(), subject.copy(), subject.captureOfSource()).atOnce(false));
        }
        return sql;
    }

    private List<Sql> replayedBack(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(List.of(backward(subject).all()));
        if (subject.offline() && proved) {
            sql.add(new CopyProof(subject, subject.name(), subject.retired(), subject.captureOfCopy()).atOnce(true));
        }
        return sql;
    }

    /** Before the window of the way back: what can be made the same beside the application. */
    @Override
    public List<Sql> followed(CopySubject subject) {
        return List.of(
                FollowIndexes.block(subject.subject(), subject.extendedKeys()),
                subject.offline()
                        ? subject.captureOfCopy().everything()
                        : backward(subject).catchUp());
    }

    private List<Sql> exchangeBack() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(check(subject));
            view(subject).ifPresent(view -> sql.add(view.check()));
            subject.rest().ifPresent(rest -> sql.add(RestView.drop(rest.view())));
            sql.add(assertEmpty(subject.captureOfCopy()));
            subject.guard().ifPresent(guard -> sql.addAll(guard.drop()));
            sql.add(subject.captureOfCopy().stop());
            sql.add(copied.drop(subject));
            sql.addAll(restParents(subject).drop());
        }
        sql.addAll(copied.pointAway());
        for (CopySubject subject : subjects) {
            sql.add(FollowObjects.drop(subject.subject()));
            sql.add(FollowColumns.block(subject.subject()));
            sql.add(FollowObjects.addUnvalidated(subject.subject()));
        }
        sql.add(NamesBack.keeping(plain()));
        for (CopySubject subject : subjects) {
            for (String key : subject.extendedKeys()) {
                sql.add(Sql.of(
                        "ALTER INDEX %I RENAME TO %I",
                        subject.name().sibling(subject.subject().retiredNameOf(key)), key));
            }
            subject.subject()
                    .partman()
                    .ifPresent(p -> sql.addAll(PartmanManagement.resume(
                            server.partman()
                                    .orElseThrow(() -> new IllegalStateException(
                                            "managed by pg_partman, but the extension is not there")),
                            p)));
            sql.addAll(Management.resume(subject.subject()));
            sql.add(copied.restore(subject));
            sql.add(new RestingTriggers(subject).goOn());
        }
        sql.addAll(foreignKeys.restoreUnvalidated());
        sql.add(Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = 'retired table'",
                subjects.get(0).subject().journalTable("object"), PieceRecord.RUN));
        sql.add(CutoverTime.none(subjects.get(0).subject()));
        return sql;
    }

    /** Whether the way back is possible. */
    @Override
    public Check check() {
        List<Sql> sql = new ArrayList<>(each(this::check));
        subjects.forEach(s -> view(s).ifPresent(view -> sql.add(view.check())));
        sql.addAll(all(s ->
                new RestReferences(s, foreignKeys.kept(s.subject())).check().toList()));
        return new Check(sql);
    }

    private Optional<RestView> view(CopySubject subject) {
        return subject.rest().map(rest -> new RestView(subject, rest, server.version()));
    }

    private RestParents restParents(CopySubject subject) {
        return new RestParents(subject, foreignKeys.kept(subject.subject()), server.version());
    }

    private Sql check(CopySubject subject) {
        return WayBackCheck.copied(
                subject.subject(), subject.subject().partman().isPresent(), target instanceof HypertableCopy);
    }

    @Override
    public CopyProof proofBack(CopySubject subject) {
        return new CopyProof(subject, subject.name(), subject.retired(), subject.captureOfCopy());
    }

    @Override
    public List<Sql> drop(CopySubject subject) {
        return Stream.of(subject.copy(), NamesBack.leaving(subject.subject()))
                .flatMap(table -> DropInParts.of(table).stream())
                .toList();
    }

    @Override
    public Sql letIn(CopySubject subject) {
        return Autovacuum.letIn(subject);
    }

    private List<Subject> plain() {
        return subjects.stream().map(CopySubject::subject).toList();
    }

    private List<TableName> names() {
        return subjects.stream().map(CopySubject::name).toList();
    }

    private List<Sql> each(Function<CopySubject, Sql> statement) {
        return subjects.stream().map(statement).toList();
    }

    private List<Sql> all(Function<CopySubject, List<Sql>> statements) {
        return subjects.stream().flatMap(s -> statements.apply(s).stream()).toList();
    }
}
