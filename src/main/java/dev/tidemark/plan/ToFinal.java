package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.plan.FinalizeSituation.Remainder;
import dev.tidemark.plan.FinalizeSituation.Retired;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The recipe of giving up the way back: a fresh proof, then the retired tables go and the policies begin. */
public final class ToFinal {
    private static final Nothing NO_WAY_BACK = new Nothing("finalizing is the point of no return");

    private final FinalizeSituation situation;

    private ToFinal(FinalizeSituation situation) {
        this.situation = situation;
    }

    /** The plan; without steps where a finding blocks it. */
    public static Plan plan(FinalizeSituation situation) {
        ToFinal recipe = new ToFinal(situation);
        List<Finding> findings = recipe.findings();
        boolean go = findings.stream().noneMatch(Finding::blocking);
        return new Plan(
                FinalizeRequest.KIND,
                situation.tables().isEmpty() ? List.of(situation.request().table()) : situation.tables(),
                FinalizeRequest.identity(situation.runId().orElse("")),
                situation.strategy(),
                "what only the way back needed is dropped.",
                situation.request().maxPause(),
                findings,
                go ? recipe.steps() : List.of(),
                Estimate.NONE);
    }

    private List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        TableName table = situation.request().table();
        Duration minimum = situation.request().minimumAge();
        if (!situation.journalMissing().isEmpty()) {
            findings.add(MissingRights.finding(
                    situation.journalMissing(), situation.server().user(), "where what is done is written down"));
        }
        if (situation.runId().isEmpty()) {
            findings.add(
                    Finding.blocking(
                            "TM401",
                            "There is no finished conversion of " + table + " to finalize.",
                            "Look at \"liquibase tidemark status\"; a conversion that is unfinished, taken back or finalized already cannot be finalized."));
        }
        if (!situation.request().confirm().equals(table.name())) {
            findings.add(Finding.blocking(
                    "TM402",
                    "confirm=\"" + situation.request().confirm() + "\" does not repeat the name of " + table + ".",
                    "Write confirm=\"" + table.name() + "\" if you mean to give up its way back."));
        }
        situation
                .age()
                .filter(age -> age.compareTo(minimum) < 0)
                .ifPresent(
                        age -> findings.add(
                                Finding.blocking(
                                        "TM403",
                                        "The cutover of " + table + " was " + words(age)
                                                + " ago, less than minimumAge (" + words(minimum) + ").",
                                        "Wait, so that the weekly jobs meet the new layout while there is a way back, or set a shorter minimumAge.")));
        if (!situation.request().dropRest() && situation.strategy() != Strategy.COPY) {
            situation.retired().stream()
                    .filter(r -> !r.filled().isEmpty())
                    .forEach(r -> findings.add(Finding.blocking(
                            "TM404",
                            "The retired table " + r.name() + " holds rows that exist nowhere else, in " + r.filled()
                                    + ".",
                            "Move them into " + table + ", or set dropRest=\"true\" if they may be lost.")));
        }
        if (!situation.request().dropRest()) {
            situation.remainders().stream()
                    .filter(r -> r.left().matching() > 0)
                    .forEach(r -> findings.add(Finding.blocking("TM404", left(r), leaveOrDrop(r))));
        }
        return findings;
    }

    private static String left(Remainder r) {
        return "The retired table " + r.retired() + " holds " + Phrases.rows(r.left())
                + " of before " + r.rest().boundary().words() + " that were not copied and exist nowhere else"
                + (r.viewIsThere() ? "; " + r.rest().view() + " shows them." : ".");
    }

    private static String leaveOrDrop(Remainder r) {
        return "Keep the conversion as it is for as long as somebody needs them, move them elsewhere, or set dropRest=\"true\" if they may be lost"
                + (r.viewIsThere() ? ": the view goes with them." : ".");
    }

    private List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        if (situation.strategy() == Strategy.COPY) {
            return copied();
        }
        steps.add(new Step(
                "prove-again",
                "Everything that became a chunk or a partition is still one, or was dropped as a whole by somebody's retention.",
                new Online(situation.tables().stream().map(this::prove).toList()),
                NO_WAY_BACK));
        steps.add(new Step(
                "drop-retired",
                "The retired tables go. Dropping takes ACCESS EXCLUSIVE on every table that they reference, so this is a window too.",
                new Window(List.of(), lock(), drop()),
                NO_WAY_BACK));
        if (situation.strategy() == Strategy.ATTACH
                && situation.server().timescaledb().isPresent()) {
            steps.add(new Step(
                    "release-bounds",
                    "The CHECK constraints that would have made the way back free go, chunk by chunk.",
                    new SelfCommitting(
                            situation.tables().stream().map(this::releaseBounds).toList()),
                    NO_WAY_BACK));
        }
        steps.add(new Step(
                "start-policies",
                "Retention and compression begin, as far as the conversion paused them.",
                new Online(startPolicies()),
                NO_WAY_BACK));
        return steps;
    }

    /** A retired table that was copied has all its rows; they must be the table's, too. */
    private List<Step> copied() {
        List<Step> steps = new ArrayList<>();
        steps.addAll(
                new CopyProofSteps(situation.copies(), true, NO_WAY_BACK).steps("prove-again", "judge-again", false));
        List<Sql> drop = new ArrayList<>();
        situation.remainders().forEach(r -> drop.add(RestView.drop(r.rest().view())));
        situation
                .tables()
                .forEach(t -> drop.add(Capture.stop(CopySubject.ours(situation.journal(), t, CopySubject.WAY_BACK))));
        situation.retired().forEach(r -> {
            // Of a hypertable that was replaced by something without retention, or with another one.
            drop.add(Sql.of(
                    "DELETE FROM %s WHERE relation = %L::regclass",
                    journalTable("retention_policy"), r.name().quoted()));
            drop.add(Management.forget(situation.journal(), r.name()));
            drop.add(DropInParts.orPrepare(r.name()));
        });
        drop.add(finalized());
        steps.add(new Step(
                "drop-retired",
                "Changes are no longer recorded, and the retired tables go.",
                new Window(
                        situation.request().dropRest()
                                ? List.of()
                                : situation.remainders().stream()
                                        .map(ToFinal::assertNoRest)
                                        .toList(),
                        Sql.of(
                                "LOCK TABLE %s%s IN ACCESS EXCLUSIVE MODE",
                                views(),
                                Sql.join(
                                        ", ",
                                        Stream.concat(
                                                        situation.tables().stream(),
                                                        situation.retired().stream()
                                                                .flatMap(
                                                                        r -> Stream.concat(
                                                                                Stream.of(r.name()),
                                                                                r.referenced().stream())))
                                                .distinct()
                                                .sorted()
                                                .map(t -> Sql.of("%I", t))
                                                .toList())),
                        drop),
                NO_WAY_BACK));
        steps.add(new Step(
                "start-policies",
                "Retention and compression begin, as far as the conversion paused them.",
                new Online(startPolicies()),
                NO_WAY_BACK));
        steps.add(new Step(
                "drop-parts",
                "Retired tables of many partitions or chunks go part by part, which one transaction could not do.",
                new SelfCommitting(situation.retired().stream()
                        .flatMap(r -> DropInParts.of(r.name()).stream())
                        .toList()),
                NO_WAY_BACK));
        return steps;
    }

    /** First, as a query of one does; else the two would wait for each other. */
    private Sql views() {
        return new Sql(situation.remainders().stream()
                .filter(Remainder::viewIsThere)
                .map(r -> Sql.of("%I, ", r.rest().view()).text())
                .collect(Collectors.joining()));
    }

    /** Just before the window, in which nothing may be read that grows with the rows. */
    private static Sql assertNoRest(Remainder r) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM %I AS r WHERE %s) THEN
                        RAISE EXCEPTION '%% holds rows of before %% that exist nowhere else', %L, %L USING ERRCODE = 'TM404';
                    END IF;
                END
                $tidemark$""",
                r.retired(),
                r.rest().boundary().left("r"),
                r.retired().quoted(),
                r.rest().boundary().words());
    }

    /** Every piece is a chunk of its table, or gone. */
    private Sql prove(TableName table) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    stray text;
                BEGIN
                    SELECT p.relation INTO stray
                      FROM %s AS p
                     WHERE p.run = %L AND p.target = %L AND to_regclass(p.relation) IS NOT NULL
                       AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = %L::regclass AND i.inhrelid = to_regclass(p.relation))
                       AND NOT EXISTS (SELECT FROM %s AS d WHERE d.relation = to_regclass(p.relation))
                     LIMIT 1;
                    IF FOUND THEN
                        RAISE EXCEPTION '%% became a part of %% and is none now', stray, %L USING ERRCODE = 'TM500';
                    END IF;
                END
                $tidemark$""",
                journalTable("piece"),
                situation.runId().orElseThrow(),
                table.quoted(),
                table.quoted(),
                journalTable("detached_partition"),
                table.quoted());
    }

    private Sql lock() {
        List<TableName> all = situation.retired().stream()
                .flatMap(r -> Stream.concat(Stream.of(r.name()), r.referenced().stream()))
                .toList();
        return all.isEmpty() ? new Sql("SELECT 'nothing to lock'") : Locks.tables(all, "ACCESS EXCLUSIVE");
    }

    private List<Sql> drop() {
        List<Sql> sql = new ArrayList<>();
        for (Retired retired : situation.retired()) {
            if (!situation.request().dropRest()) {
                sql.add(assertEmpty(retired));
            }
            // Of a hypertable whose chunks became partitions.
            sql.add(Sql.of(
                    "DELETE FROM %s WHERE relation = to_regclass(%L)",
                    journalTable("retention_policy"), retired.name().quoted()));
            sql.add(Management.forget(situation.journal(), retired.name()));
            sql.add(Sql.of("DROP TABLE %I", retired.name()));
        }
        sql.add(finalized());
        return sql;
    }

    private Sql finalized() {
        return Sql.of(
                "UPDATE %s SET state = 'FINALIZED', finished_at = clock_timestamp() WHERE id = %L",
                journalTable("run"), situation.runId().orElseThrow());
    }

    private static Sql assertEmpty(Retired retired) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    leaf regclass;
                    filled boolean;
                BEGIN
                    FOR leaf IN SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf UNION SELECT %L::regclass
                    LOOP
                        EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', leaf) INTO filled;
                        IF filled THEN
                            RAISE EXCEPTION '%% holds rows that exist nowhere else', leaf USING ERRCODE = 'TM404';
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                retired.name().quoted(), retired.name().quoted());
    }

    private Sql releaseBounds(TableName table) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    chunk text;
                    %s
                BEGIN
                    FOR chunk IN
                        SELECT format('%%I.%%I', c.chunk_schema, c.chunk_name)
                          FROM timescaledb_information.chunks AS c
                          JOIN pg_constraint AS k ON k.conrelid = format('%%I.%%I', c.chunk_schema, c.chunk_name)::regclass AND k.conname = %L
                         WHERE c.hypertable_schema = %L AND c.hypertable_name = %L
                         ORDER BY coalesce(c.range_start_integer, extract(epoch FROM c.range_start)) DESC
                    LOOP
                        %s
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %s', chunk);
                        %s
                    END LOOP;
                END
                $tidemark$""",
                PartByPart.VARIABLE,
                ChunkStorage.BOUND,
                table.schema(),
                table.name(),
                PartByPart.ASK,
                new Sql(ChunkStorage.BOUND),
                PartByPart.COMMIT);
    }

    private List<Sql> startPolicies() {
        String run = situation.runId().orElseThrow();
        List<Sql> sql = new ArrayList<>(Management.start(run, situation.journal(), situation.server()));
        if (situation.server().timescaledb().isPresent()) {
            sql.addAll(new Policies(situation.server(), PolicyStart.NOW).start(run, situation.journal()));
        }
        return sql;
    }

    private Sql journalTable(String name) {
        return Sql.of("%I", new TableName(situation.journal(), name));
    }

    private static String words(Duration duration) {
        return duration.toDays() > 0
                ? duration.toDays() + " d " + duration.toHoursPart() + " h"
                : duration.toHours() + " h " + duration.toMinutesPart() + " min";
    }
}
