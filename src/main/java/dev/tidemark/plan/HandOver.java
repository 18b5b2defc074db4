package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The recipe: partitions that are as they should be change who looks after them, pg_partman, Tidemark or nobody. Catalog work only. */
final class HandOver {
    private static final String BEFORE = "managed before";

    private final List<CopySubject> subjects;
    private final Server server;
    private final PolicyStart policyStart;

    HandOver(List<CopySubject> subjects, Server server, PolicyStart policyStart) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.policyStart = policyStart;
    }

    /** Whether the table is partitioned as wished already: by range of that column, in parts of that width. */
    static boolean isEnough(ConversionTarget target, Table table) {
        return table.layout()
                .match(
                        heap -> false,
                        partitions -> partitions.method().equals("RANGE")
                                && !partitions.keyHasExpressions()
                                && partitions.keyColumns().equals(List.of(target.timeColumn()))
                                && sameWidth(target, table),
                        hypertable -> false);
    }

    private static boolean sameWidth(ConversionTarget target, Table table) {
        return Timed.of(target, table)
                .flatMap(Timed::interval)
                .filter(wish -> PresentWidth.common(target, table)
                        .filter(present -> present.months() == wish.months()
                                && present.roughMicroseconds() == wish.roughMicroseconds())
                        .isPresent())
                .isPresent();
    }

    /** Whether one of its parts has no beginning or no end, which pg_partman's functions cannot read (5.2: {@code 'MINVALUE'::timestamptz}). */
    static boolean isUnbounded(Table table) {
        return Pieces.leaves(table)
                .map(Partition::range)
                .anyMatch(range -> !range.lower().isFinite() || !range.upper().isFinite());
    }

    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        boolean renames = subjects.stream().map(this::management).anyMatch(Management::renames);
        steps.add(new Step(
                Step.CUTOVER,
                "In one transaction whoever looked after the partitions lets go, and whoever will takes over; "
                        + (renames ? Management.RENAMES : "nobody who reads or writes waits."),
                new Window(List.of(), lock(Management::lockRenamed), up()),
                new Window(List.of(), lock(Management::lockRenamedBack), down())));
        steps.add(new Step(
                "ahead",
                "Partitions are made ahead for the first time by whoever looks after them now.",
                new SelfCommitting(all(this::ahead)),
                new Nothing("partitions that were made stay")));
        return steps;
    }

    /** Readers and writers go on, but for partitions that are renamed; nobody else makes or drops a partition meanwhile. */
    private Sql lock(Function<Management, Optional<Sql>> renamed) {
        List<Sql> locks = new ArrayList<>();
        locks.add(Locks.tables(subjects.stream().map(CopySubject::name).toList(), "SHARE UPDATE EXCLUSIVE"));
        subjects.stream()
                .map(this::management)
                .map(renamed)
                .flatMap(Optional::stream)
                .forEach(locks::add);
        return Locks.together(locks);
    }

    private List<Sql> up() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(Sql.of(
                    """
                    INSERT INTO %s (run, kind, identity, purpose)
                    SELECT %s, %L, %L, to_jsonb(s)::text FROM %s AS s WHERE s.relation = %L::regclass""",
                    subject.subject().journalTable("object"),
                    PieceRecord.RUN,
                    BEFORE,
                    subject.name().quoted(),
                    subject.subject().journalTable("partition_set"),
                    subject.name().quoted()));
            sql.add(Management.forget(subject.subject().journal(), subject.name()));
            subject.subject()
                    .partman()
                    .ifPresent(p ->
                            sql.addAll(PartmanManagement.stop(server.partman().orElseThrow(HandOver::partmanGone), p)));
            sql.addAll(management(subject).install());
        }
        sql.add(CutoverTime.now(subjects.get(0).subject()));
        return sql;
    }

    private List<Sql> down() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.addAll(management(subject).remove());
            subject.subject()
                    .partman()
                    .ifPresent(p -> sql.addAll(
                            PartmanManagement.resume(server.partman().orElseThrow(HandOver::partmanGone), p)));
            sql.add(asBefore(subject));
        }
        sql.add(CutoverTime.none(subjects.get(0).subject()));
        return sql;
    }

    /** A set that Tidemark managed before, in another way. */
    private static Sql asBefore(CopySubject subject) {
        Sql set = subject.subject().journalTable("partition_set");
        Sql object = subject.subject().journalTable("object");
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    before %s;
                BEGIN
                    SELECT (jsonb_populate_record(NULL::%s, o.purpose::jsonb)).* INTO before
                      FROM %s AS o WHERE o.run = %s AND o.kind = %L AND o.identity = %L;
                    IF FOUND THEN
                        PERFORM %I(before.relation, before.width, before.epoch, before.time_zone, before.premake, before.name_pattern, before.options,
                                   before.retention, before.retention_mode, before.retention_grace, before.retention_schema, before.retention_paused);
                        DELETE FROM %s AS o WHERE o.run = %s AND o.kind = %L AND o.identity = %L;
                    END IF;
                END
                $tidemark$""",
                set,
                set,
                object,
                PieceRecord.RUN,
                BEFORE,
                subject.name().quoted(),
                new dev.tidemark.sql.TableName(subject.subject().journal(), "manage_partitions"),
                object,
                PieceRecord.RUN,
                BEFORE,
                subject.name().quoted());
    }

    private List<Sql> ahead(CopySubject subject) {
        return management(subject).ahead();
    }

    private Management management(CopySubject subject) {
        return new Management(subject.subject(), subject.partitioning(), server, policyStart);
    }

    private List<Sql> all(Function<CopySubject, List<Sql>> statements) {
        return subjects.stream().flatMap(s -> statements.apply(s).stream()).toList();
    }

    private static IllegalStateException partmanGone() {
        return new IllegalStateException("managed by pg_partman, but the extension is not there");
    }
}
