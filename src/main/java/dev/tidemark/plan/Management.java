package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Native partitions that look after themselves: a row of {@code partition_set}, functions beside the table that make partitions ahead and let old ones go, and
 * jobs of pg_cron that do both where pg_cron is in this database. Everything it takes is in the database, so it works while no JVM runs.
 *
 * <p>The table has its name, as a partitioned one, when {@link #install()} and {@link #remove()} run.
 */
final class Management {
    /** What a step of a plan says where it does. */
    static final String RENAMES =
            "pg_partman 4 finds partitions by their names, so those that have others are renamed, for which each is locked for a moment, readers included, within maxPause.";

    private final Subject subject;
    private final Partitioning partitioning;
    private final Server server;
    private final PolicyStart start;

    /** @param start when retention begins; partitions are made from the first moment on */
    Management(Subject subject, Partitioning partitioning, Server server, PolicyStart start) {
        this.subject = subject;
        this.partitioning = partitioning;
        this.server = server;
        this.start = start;
    }

    /** The step that comes after the cutover; empty where somebody else manages them. */
    static Optional<Step> step(List<CopySubject> subjects, Server server, PolicyStart start) {
        List<Management> all = subjects.stream()
                .map(s -> new Management(s.subject(), s.partitioning(), server, start))
                .filter(m -> m.managedBy() != ManagedBy.NONE)
                .toList();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        List<Sql> install = all.stream().flatMap(m -> m.install().stream()).toList();
        List<Sql> remove = all.stream().flatMap(m -> m.remove().stream()).toList();
        String why =
                "Partitions are made ahead from now on, by functions in the database; retention is paused until the conversion is finalized unless asked otherwise";
        return Optional.of(
                all.stream().anyMatch(Management::renames)
                        ? new Step(
                                "management",
                                why + "; " + RENAMES,
                                new Action.Window(List.of(), lock(all, Management::lockRenamed), install),
                                new Action.Window(List.of(), lock(all, Management::lockRenamedBack), remove))
                        : new Step("management", why + ".", new Action.Online(install), new Action.Online(remove)));
    }

    private static Sql lock(List<Management> all, Function<Management, Optional<Sql>> renamed) {
        return Locks.together(Stream.concat(
                        Stream.of(Locks.tables(
                                all.stream().map(m -> m.subject.name()).toList(), "SHARE UPDATE EXCLUSIVE")),
                        all.stream().map(renamed).flatMap(Optional::stream))
                .toList());
    }

    /** Whether partitions may get other names. */
    boolean renames() {
        return partman().filter(PartmanSet::renames).isPresent();
    }

    /** Statements of a block, for before {@link #install()} and {@link #remove()}: locks what they rename. */
    Optional<Sql> lockRenamed() {
        return partman().filter(PartmanSet::renames).map(PartmanSet::lockRenamed);
    }

    Optional<Sql> lockRenamedBack() {
        return partman().filter(PartmanSet::renames).map(PartmanSet::lockRenamedBack);
    }

    /** After the table has its partitions. Nothing where somebody else manages them. */
    List<Sql> install() {
        List<Sql> sql = new ArrayList<>();
        if (managedBy() != ManagedBy.TIDEMARK) {
            return partman().map(PartmanSet::register).orElse(sql);
        }
        sql.add(register());
        if (isPaused()) {
            sql.add(PausedPolicy.remember(
                    subject, Sql.of("SELECT %L", subject.name().quoted())));
        }
        if (server.cron().isPresent()) {
            for (Job job : Job.values()) {
                // The same name is the same job: scheduling it again changes it.
                sql.add(Sql.of(
                        "SELECT cron.schedule(%L, %L, %L)",
                        jobName(job),
                        Job.SCHEDULE,
                        Sql.of("SELECT * FROM %I", new TableName(subject.journal(), job.function))
                                        .text()
                                + "()"));
            }
        }
        return sql;
    }

    /** Leaves every partition alone, the detached ones too. */
    List<Sql> remove() {
        List<Sql> sql = new ArrayList<>();
        if (managedBy() != ManagedBy.TIDEMARK) {
            return partman().map(PartmanSet::unregister).orElse(sql);
        }
        sql.add(call("forget_partitions", subject.journal(), subject.name()));
        if (server.cron().isPresent()) {
            for (Job job : Job.values()) {
                // Other tables may still need the job.
                sql.add(Sql.of(
                        "SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = %L AND NOT EXISTS (SELECT FROM %s)",
                        jobName(job), subject.journalTable("partition_set")));
            }
        }
        return sql;
    }

    /** Lets retention begin that a conversion paused; for finalize. */
    static List<Sql> start(String runId, String journal, Server server) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                "UPDATE %I AS managed SET retention_paused = false FROM %s AS paused WHERE managed.relation = to_regclass(paused.identity)",
                new TableName(journal, "partition_set"), PausedPolicy.of(runId, journal)));
        server.partman().ifPresent(partman -> sql.add(PartmanSet.start(runId, journal, partman)));
        return sql;
    }

    /** Nobody maintains partitions that have just been retired, until {@link #resume}; nothing for what has none. */
    static List<Sql> suspend(Subject subject) {
        return subject.partitions().isPresent()
                ? List.of(call("suspend_partitions", subject.journal(), subject.retired()))
                : List.of();
    }

    /** When they have their name again. */
    static List<Sql> resume(Subject subject) {
        return subject.partitions().isPresent()
                ? List.of(call("resume_partitions", subject.journal(), subject.name()))
                : List.of();
    }

    /** Before retired partitions are dropped. */
    static Sql forget(String journal, TableName retired) {
        return call("forget_partitions", journal, retired);
    }

    private static Sql call(String function, String journal, TableName table) {
        return Sql.of("SELECT %I(to_regclass(%L))", new TableName(journal, function), table.quoted());
    }

    private Sql register() {
        return Sql.of(
                """
                SELECT %I(%L::regclass, width => %L, epoch => %s, time_zone => %L, premake => %s, name_pattern => %L, options => ARRAY[%s]::text[],
                       retention => %s, retention_mode => %L, retention_grace => %s, retention_schema => %s, paused => %s)""",
                new TableName(subject.journal(), "manage_partitions"),
                subject.name().quoted(),
                subject.chunkInterval().toString(),
                subject.target()
                        .epoch()
                        .map(e -> Sql.of("%L", e.name().toLowerCase(Locale.ROOT)))
                        .orElse(new Sql("NULL")),
                partitioning.timeZone(),
                partitioning.premake(),
                partitioning.namePattern(subject.chunkInterval()),
                Sql.join(
                        ", ",
                        subject.table().options().stream()
                                .map(o -> Sql.of("%L", o))
                                .toList()),
                interval(subject.target().retention()),
                partitioning.upkeep().retentionMode().name().toLowerCase(Locale.ROOT),
                interval(partitioning.upkeep().retentionGrace()),
                partitioning
                        .upkeep()
                        .retentionSchema()
                        .map(s -> Sql.of("%L", s))
                        .orElse(new Sql("NULL")),
                isPaused());
    }

    private static Sql interval(Optional<Interval> interval) {
        return interval.map(i -> Sql.of("%L", i.toString())).orElse(new Sql("NULL"));
    }

    /** Makes partitions ahead at once. Commits by itself; repeated, it goes on. */
    List<Sql> ahead() {
        return switch (managedBy()) {
            case TIDEMARK -> List.of(made());
            case PG_PARTMAN -> partman().map(set -> List.of(set.maintain())).orElse(List.of());
            case NONE -> List.of();
        };
    }

    /**
     * As often as something is left. What cannot be made is an error, or rows of those days would be refused one day; what only waits for a lock is tried
     * again. Rows in DEFAULT are for drainDefault, and health tells of them.
     */
    private Sql made() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    line record;
                    made boolean;
                    waits text;
                BEGIN
                    LOOP
                        made := false;
                        waits := NULL;
                        FOR line IN SELECT m.* FROM %I(%L::regclass) AS m LOOP
                            made := made OR line.outcome = 'made';
                            IF line.outcome LIKE 'failed:%%' THEN
                                RAISE EXCEPTION 'partitions of %% could not be made ahead%%: %%', %L, coalesce(', the one up to ' || line.upper_bound, ''), substr(line.outcome, 9)
                                    USING HINT = 'Remove the cause, then run the same change again.';
                            ELSIF line.outcome LIKE 'not made:%%' THEN
                                RAISE WARNING 'up to %%: %%', line.upper_bound, line.outcome;
                            ELSIF line.outcome = 'left for the next run' OR line.outcome = 'another session is at work on it' OR line.outcome LIKE 'skipped:%%' THEN
                                waits := line.outcome;
                            END IF;
                        END LOOP;
                        COMMIT;
                        EXIT WHEN waits IS NULL;
                        IF NOT made THEN
                            RAISE EXCEPTION 'partitions of %% are not made ahead yet: %%', %L, waits USING ERRCODE = 'lock_not_available';
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                new TableName(subject.journal(), "make_partitions"),
                subject.name().quoted(),
                subject.name().toString(),
                subject.name().toString());
    }

    private ManagedBy managedBy() {
        return partitioning.upkeep().managedBy();
    }

    /** Where pg_partman manages them. */
    private Optional<PartmanSet> partman() {
        return managedBy() == ManagedBy.PG_PARTMAN
                ? server.partman().map(p -> new PartmanSet(subject, partitioning, p, isPaused()))
                : Optional.empty();
    }

    private boolean isPaused() {
        return start == PolicyStart.AFTER_FINALIZE;
    }

    private String jobName(Job job) {
        return "tidemark " + job.words + " " + server.database() + " " + subject.journal();
    }

    /** What has to be called again and again. */
    private enum Job {
        AHEAD("partitions", "make_partitions"),
        BEHIND("partition retention", "apply_partition_retention");

        /** As often as the other retention; with nothing to do each takes a few milliseconds. */
        private static final String SCHEDULE = "*/15 * * * *";

        private final String words;
        private final String function;

        Job(String words, String function) {
            this.words = words;
            this.function = function;
        }
    }
}
