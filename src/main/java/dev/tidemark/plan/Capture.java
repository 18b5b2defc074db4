package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Records which rows of a table change: triggers write the key of each into a log, in the transaction that changes the row, so that log and row are
 * visible together. What the row looks like is read when it is replayed.
 *
 * <p>The triggers fire ALWAYS, for appliers of logical replication too. The log is emptied by deleting what was read, never by its order: an
 * entry that is committed late is still there.
 */
final class Capture {
    /** The trigger for rows. */
    static final String ROWS = "tidemark_capture_rows";
    /** The trigger for TRUNCATE. */
    static final String TRUNCATE = "tidemark_capture_truncate";
    /** Where the run's id goes, which is known when capture starts. No name has this character. */
    private static final String RUN = "\u0001";

    private final CopySubject subject;
    private final TableName table;
    private final TableName log;
    private final boolean limited;
    private final Optional<Boundary> since;

    /**
     * Of a table.
     *
     * @param table the name that it has when capture starts
     * @param log the log; the function that writes it has the same name
     * @param limited whether it ends when the log is larger than the run allows: its trigger sees to that, because a run that waits for its cutover has no
     *     process that could
     * @param since where the rows begin whose changes matter
     */
    Capture(CopySubject subject, TableName table, TableName log, boolean limited, Optional<Boundary> since) {
        this.subject = subject;
        this.table = table;
        this.log = log;
        this.limited = limited;
        this.since = since;
    }

    TableName log() {
        return log;
    }

    /** The log's columns: {@code k1}, {@code k2} … for {@link CopySubject#captured()}. */
    static String column(int index) {
        return "k" + (index + 1);
    }

    /** A condition: no change of the row {@code alias} is waiting in the log. */
    Sql unchanged(String alias) {
        return unchanged(log, subject.key(), alias);
    }

    static Sql unchanged(TableName log, List<String> key, String alias) {
        if (key.isEmpty()) {
            // Without a key nobody knows which row it was.
            return Sql.of("NOT EXISTS (SELECT FROM %I)", log);
        }
        return Sql.of(
                "NOT EXISTS (SELECT FROM %I AS l WHERE %s)",
                log,
                Sql.join(
                        " AND ",
                        IntStream.range(0, key.size())
                                .mapToObj(i -> Sql.of("l.%I = %s.%I", column(i), new Sql(alias), key.get(i)))
                                .toList()));
    }

    /** The same for one that tells of rows to come: where a TRUNCATE is waiting, every row is. */
    Sql unchangedAndToStay(String alias) {
        return Sql.of("NOT EXISTS (SELECT FROM %I AS t WHERE t.what = 'T') AND %s", log, unchanged(alias));
    }

    /** Raises TM412 where a TRUNCATE waits: nothing of what is measured then says anything. */
    Sql requireNoTruncate() {
        return Sql.of(
                "DO $tidemark$ BEGIN IF EXISTS (SELECT FROM %I WHERE what = 'T') THEN %s; END IF; END $tidemark$",
                log, truncatedSince());
    }

    /** Raises TM413 where a TRUNCATE waits for a way back or a cutover: no row is left then that both sides should have. */
    Sql requireRowsToCompare() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM %I WHERE what = 'T') THEN
                        RAISE EXCEPTION '%%', %L USING ERRCODE = 'TM413', HINT = %L;
                    END IF;
                END
                $tidemark$""",
                log,
                table
                        + " has been truncated, which its other side follows later: there is nothing yet that both should have, and nothing is proved",
                "The cutover or the way back truncates the other side as well, copies what has come since, and proves it.");
    }

    /** What is raised where a proof would say nothing. */
    Sql truncatedSince() {
        return Sql.of(
                "RAISE EXCEPTION '%%', %L USING ERRCODE = 'TM412'", table + " has been truncated since it was proved");
    }

    /** Statements of a window: writers of the table wait for them, and whoever writes afterwards is recorded. */
    List<Sql> start() {
        List<Sql> sql = new ArrayList<>(subject.offline() ? anything() : keys());
        sql.add(Sql.of("REVOKE ALL ON FUNCTION %I() FROM PUBLIC", log));
        sql.add(Sql.of(
                "CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION %I()",
                ROWS, table, log));
        sql.add(always());
        sql.add(truncate());
        return sql;
    }

    /**
     * The same for some partitions of the table, which are never its others.
     *
     * @param relations a query for {@code relation regclass}
     */
    List<Sql> startOn(Sql relations) {
        List<Sql> sql = new ArrayList<>(subject.offline() ? anything() : keys());
        sql.add(Sql.of("REVOKE ALL ON FUNCTION %I() FROM PUBLIC", log));
        sql.add(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                BEGIN
                    FOR part IN SELECT p.relation FROM (%s) AS p
                    LOOP
                        EXECUTE format('CREATE TRIGGER %%I AFTER INSERT OR UPDATE OR DELETE ON %%s FOR EACH ROW EXECUTE FUNCTION %%s()', %L, part, %L);
                        EXECUTE format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER %%I', part, %L);
                        %s
                    END LOOP;
                END
                $tidemark$""",
                relations, ROWS, log.quoted(), ROWS, recordTruncate("part")));
        return sql;
    }

    /** An entry that says that nothing is known of any row: everything is copied anew. */
    Sql everything() {
        return Sql.of("INSERT INTO %I (what) VALUES ('T')", log);
    }

    /** Without a key: that something has changed, once a transaction. An entry that another transaction made says nothing of this one. */
    private List<Sql> anything() {
        String seen = "tidemark." + log.name().replace('-', '_');
        return List.of(
                stop(),
                Sql.of("CREATE TABLE %I (what \"char\" NOT NULL)", log),
                Sql.of(
                        "COMMENT ON TABLE %I IS %L",
                        log, "Made by Tidemark: whether rows of " + table + " have changed."),
                Sql.of(
                        """
                        CREATE FUNCTION %I() RETURNS trigger
                            LANGUAGE plpgsql SECURITY DEFINER
                            SET search_path = pg_catalog, pg_temp
                        AS $tidemark$
                        BEGIN
                            IF current_setting(%L, true) IS DISTINCT FROM pg_current_xact_id()::text THEN
                                PERFORM set_config(%L, pg_current_xact_id()::text, true);
                                INSERT INTO %I (what) VALUES ('T');
                            END IF;
                            RETURN NULL;
                        END
                        $tidemark$""",
                        log, seen, seen, log));
    }

    private List<Sql> keys() {
        List<String> captured = subject.captured();
        List<String> names =
                IntStream.range(0, captured.size()).mapToObj(Capture::column).toList();
        return List.of(
                stop(),
                Sql.of(
                        "CREATE TABLE %I AS SELECT NULL::\"char\" AS what, %s FROM %I WITH NO DATA",
                        log,
                        Sql.join(
                                ", ",
                                IntStream.range(0, captured.size())
                                        .mapToObj(i -> Sql.of("%I AS %I", captured.get(i), names.get(i)))
                                        .toList()),
                        table),
                Sql.of(
                        "COMMENT ON TABLE %I IS %L",
                        log, "Made by Tidemark: keys of rows of " + table + " that changed and are not yet replayed."),
                Sql.of(
                        "CREATE INDEX ON %I (%I)",
                        log, names.subList(0, subject.key().size())),
                Sql.of("CREATE INDEX ON %I (what) WHERE what IS NOT NULL", log),
                // A row comes and goes, so a vacuum must come long before a fifth of the table's life has passed.
                Sql.of(
                        "ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)",
                        log),
                function(names));
    }

    private Sql function(List<String> names) {
        Sql create = Sql.of(
                """
                CREATE FUNCTION %I() RETURNS trigger
                    LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp
                AS $tidemark$
                BEGIN
                    IF TG_OP = 'TRUNCATE' THEN
                        INSERT INTO %I (what) VALUES ('T');
                        RETURN NULL;
                    END IF;
                %s
                    IF TG_OP <> 'INSERT' THEN
                        INSERT INTO %I (%I) %s;
                    END IF;
                    IF TG_OP = 'INSERT' THEN
                        INSERT INTO %I (%I) %s;
                    ELSIF TG_OP = 'UPDATE' THEN
                        IF ROW(%s)::record *<> ROW(%s)::record THEN
                            INSERT INTO %I (%I) %s;
                        END IF;
                    END IF;
                    RETURN NULL;
                END
                $tidemark$""",
                log,
                log,
                limited ? endAtLimit() : new Sql(""),
                log,
                names,
                entry("OLD"),
                log,
                names,
                entry("NEW"),
                of("OLD"),
                of("NEW"),
                log,
                names,
                entry("NEW"));
        int run = create.text().indexOf(RUN);
        return run < 0
                ? create
                : Sql.of(
                        "DO $tidemark$ BEGIN EXECUTE %L || quote_literal(%s) || %L; END $tidemark$",
                        create.text().substring(0, run),
                        PieceRecord.RUN,
                        create.text().substring(run + RUN.length()));
    }

    /**
     * A log that has reached its limit says so once, in the transaction whose change is not recorded any more; so whoever sees such a change sees the
     * note too. The size costs a look at the file; the journal is asked only where there is something to limit.
     */
    private Sql endAtLimit() {
        return Sql.of(
                """
                    IF pg_relation_size(%L::regclass) >= %s
                       AND (SELECT l.bytes >= 0 AND pg_relation_size(%L::regclass) >= l.bytes
                              FROM (SELECT coalesce((SELECT c.log_limit_bytes FROM %s AS c WHERE c.run = %s), %s) AS bytes) AS l) THEN
                        IF NOT EXISTS (SELECT FROM %I WHERE what = %L) THEN
                            INSERT INTO %I (what) VALUES (%L);
                        END IF;
                        RETURN NULL;
                    END IF;""",
                log.quoted(),
                LogLimit.LEAST,
                log.quoted(),
                subject.subject().journalTable("control"),
                new Sql(RUN),
                LogLimit.DEFAULT,
                log,
                ChangeLogs.FULL,
                log,
                ChangeLogs.FULL);
    }

    /** On the Apache edition of TimescaleDB before 2.2x a hypertable's triggers cannot be switched (0A000); appliers cannot write to one either. */
    private Sql always() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    ALTER TABLE %I ENABLE ALWAYS TRIGGER %I;
                EXCEPTION WHEN feature_not_supported THEN
                    NULL;
                END
                $tidemark$""",
                table, ROWS);
    }

    /** A statement's trigger is not inherited: every partition and every chunk needs its own. One that comes later gets it from {@link Unaltered}. */
    private Sql truncate() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                BEGIN
                    FOR part IN SELECT %L::regclass UNION SELECT relid FROM pg_partition_tree(%L::regclass) UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass
                    LOOP
                        %s
                    END LOOP;
                END
                $tidemark$""",
                table.quoted(), table.quoted(), table.quoted(), recordTruncate("part"));
    }

    /** Statements of a block: TRUNCATE of the relation that the expression names is recorded, by appliers of logical replication too. */
    Sql recordTruncate(String relation) {
        return Sql.of(
                """
                EXECUTE format('CREATE TRIGGER %%I AFTER TRUNCATE ON %%s FOR EACH STATEMENT EXECUTE FUNCTION %%s()', %L, %s, %L);
                        BEGIN
                            EXECUTE format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER %%I', %s, %L);
                        EXCEPTION WHEN feature_not_supported THEN
                            NULL;
                        END;""",
                TRUNCATE, new Sql(relation), log.quoted(), new Sql(relation), TRUNCATE);
    }

    /** Takes triggers, function and log away, whatever is there of them; the triggers may hang on a table that has got another name. */
    Sql stop() {
        return stop(log);
    }

    static Sql stop(TableName log) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    found record;
                BEGIN
                    FOR found IN
                        SELECT t.tgname, t.tgrelid::regclass AS relation
                          FROM pg_trigger AS t
                         WHERE t.tgfoid = to_regproc(%L) AND t.tgparentid = 0
                           AND NOT EXISTS (SELECT FROM pg_inherits AS i JOIN pg_trigger AS p ON p.tgrelid = i.inhparent AND p.tgname = t.tgname
                                            WHERE i.inhrelid = t.tgrelid AND t.tgname = %L)
                    LOOP
                        -- TimescaleDB may have dropped a chunk's along with its hypertable's.
                        EXECUTE format('DROP TRIGGER IF EXISTS %%I ON %%s', found.tgname, found.relation);
                    END LOOP;
                    DROP FUNCTION IF EXISTS %I();
                    DROP TABLE IF EXISTS %I;
                END
                $tidemark$""",
                log.quoted(), ROWS, log, log);
    }

    /** What is written of a row, if its time matters; a row that crosses the boundary is written on the side where it does. */
    private Sql entry(String row) {
        return since.map(boundary -> Sql.of("SELECT %s WHERE %s", of(row), boundary.notLeft(row)))
                .orElseGet(() -> Sql.of("VALUES (%s)", of(row)));
    }

    private Sql of(String row) {
        return Sql.join(
                ", ",
                subject.captured().stream()
                        .map(c -> Sql.of("%s.%I", new Sql(row), c))
                        .toList());
    }
}
