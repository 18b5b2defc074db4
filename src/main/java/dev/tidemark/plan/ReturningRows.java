package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.time.Duration;

/**
 * Rows that were written into partitions of their own since the cutover, on the way back to a plain table. Their partitions become children of the
 * table by inheritance in the window, which moves nothing and hides nothing; afterwards their rows move into it some at a time, each time committed,
 * and every snapshot sees each row once, because both places belong to the table.
 *
 * <p>Who changes rows of such a part waits for one batch. The batch locks it, because a statement that waited for a row of it to be moved would find
 * the row gone and go on without it. Batches that an INSERT waits for come first ({@link AwaitedRows}). A part is dropped when nobody has a snapshot any more that sees rows in it.
 */
final class ReturningRows {
    private static final String RETURNING = "returning part";

    /** Blocks whose rows move at once: half a megabyte, some thousand rows, 20 to 40 ms with an index or two. */
    private static final int BLOCKS = 64;

    /** The application gets this multiple of what it waited for a part that could not be locked. */
    private static final int REST = 5;

    /** Nothing could be locked for so long: that counts as an attempt that failed, and is said. */
    private static final Duration BLOCKED = Duration.ofMinutes(1);

    /** Triggers {@code t} of the table or of a part that a returning row would fire: it is deleted there and inserted here. Ours know it. */
    static final Sql FIRED = new Sql(
            "NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & CASE WHEN t.tgrelid = whole THEN 4 ELSE 8 END <> 0 AND t.tgname NOT LIKE '%"
                    + ReturningKeys.PREFIX + "%'");

    private final CopySubject subject;

    ReturningRows(CopySubject subject) {
        this.subject = subject;
    }

    /** Detaches the history partition and every other one that holds rows, which are written down. */
    Sql detach() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    history CONSTANT regclass := to_regclass(%L);
                    part record;
                    filled boolean;
                BEGIN
                    FOR part IN
                        SELECT c.oid::regclass AS name, format('%%I.%%I', n.nspname, c.relname) AS text
                          FROM pg_partition_tree(whole) AS t JOIN pg_class AS c ON c.oid = t.relid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE t.level = 1
                    LOOP
                        IF part.name = history THEN
                            EXECUTE format('ALTER TABLE %%s DETACH PARTITION %%s', whole, part.name);
                            CONTINUE;
                        END IF;
                        -- Rows that were deleted are there still for those who have an older snapshot.
                        SELECT sum(pg_relation_size(l.relid)) > 0 INTO filled FROM pg_partition_tree(part.name) AS l WHERE l.isleaf;
                        CONTINUE WHEN NOT filled;
                        EXECUTE format('ALTER TABLE %%s DETACH PARTITION %%s', whole, part.name);
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, part.text, %L);
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(),
                subject.retired().quoted(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                RETURNING,
                subject.name().quoted());
    }

    /** With the names exchanged: makes them children of the table, with its row triggers. */
    Sql inherit() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    part text;
                    fires record;
                BEGIN
                    FOR part IN %s
                    LOOP
                        EXECUTE format('ALTER TABLE %%s INHERIT %%s', part, whole);
                        FOR fires IN
                            SELECT t.tgname AS name, t.tgenabled AS state, overlay(d.text PLACING ' ON ' || part || ' ' FROM strpos(d.text, d.place) FOR length(d.place)) AS definition
                              FROM pg_trigger AS t
                             CROSS JOIN LATERAL (SELECT pg_get_triggerdef(t.oid) AS text, ' ON ' || t.tgrelid::regclass || ' ' AS place) AS d
                             WHERE t.tgrelid = whole AND NOT t.tgisinternal AND t.tgtype & 1 = 1
                        LOOP
                            EXECUTE fires.definition;
                            IF fires.state <> 'O' THEN
                                EXECUTE format('ALTER TABLE %%s %%s TRIGGER %%I', part,
                                    CASE fires.state WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, fires.name);
                            END IF;
                        END LOOP;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(), parts());
    }

    /** Moves their rows, beside the application; repeated, it goes on. Raises TM505 where a key is in two places. */
    Sql move() {
        AwaitedRows awaited = new AwaitedRows(subject);
        return Sql.of(
                """
                DO $tidemark$
                <<move>>
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    columns text;
                    part text;
                    first bigint;
                    filled boolean;
                    asked record;
                    answered text := '';
                    locked boolean;
                    begun timestamptz;
                    rest_until timestamptz := '-infinity';
                    blocked_since timestamptz;
                    batch record;
                    gone text;
                    came text;
                    twin text;
                BEGIN
                %s
                    FOR part IN %s
                    LOOP
                        filled := true;
                        WHILE filled
                        LOOP
                            first := 0;
                            WHILE first * current_setting('block_size')::bigint < pg_relation_size(part::regclass)
                            LOOP
                                -- What somebody waits for, or what comes next, in turn.
                                SELECT coalesce(a.part, move.part) AS part, coalesce(a.first, move.first) AS first, coalesce(a.blocks, %s) AS blocks, a.part IS NOT NULL AS awaited INTO asked
                                  FROM (SELECT) AS nothing
                                  LEFT JOIN (%s) AS a ON format('%%s %%s', a.part, a.first) <> answered
                                 -- Round and round, so that nobody waits for long.
                                 ORDER BY format('%%s %%s', a.part, a.first) < answered, format('%%s %%s', a.part, a.first)
                                 LIMIT 1;
                                answered := CASE WHEN asked.awaited THEN format('%%s %%s', asked.part, asked.first) ELSE '' END;
                                IF NOT asked.awaited AND clock_timestamp() < rest_until THEN
                                    COMMIT;
                                    PERFORM pg_sleep(0.005);
                                    CONTINUE;
                                END IF;
                                begun := clock_timestamp();
                                locked := true;
                                BEGIN
                                    -- They fired when the rows were written; a row that only returns must not fire them again. The table first, as
                                    -- statements of the application lock it before its parts.
                                    IF EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = whole AND %s) THEN
                                        EXECUTE format('LOCK TABLE ONLY %%s IN SHARE ROW EXCLUSIVE MODE', whole);
                                    END IF;
                                    EXECUTE format('LOCK TABLE %%s IN EXCLUSIVE MODE', asked.part);
                                    blocked_since := NULL;
                                EXCEPTION WHEN lock_not_available THEN
                                    -- Everybody who came since waited too, and now goes on.
                                    locked := false;
                                    answered := '';
                                    rest_until := clock_timestamp() + CASE WHEN asked.awaited THEN 1 ELSE %s END * (clock_timestamp() - begun);
                                    blocked_since := coalesce(blocked_since, begun);
                                    IF clock_timestamp() > blocked_since + interval '%s seconds' THEN
                                        RAISE;
                                    END IF;
                                END;
                                IF NOT locked THEN
                                    COMMIT;
                                    PERFORM pg_sleep(CASE WHEN asked.awaited THEN extract(epoch FROM rest_until - clock_timestamp()) ELSE 0 END);
                                    CONTINUE;
                                END IF;
                                PERFORM set_config(%L, 'yes', true);
                                -- Of this moment: the application may have given the table another one since the last batch.
                                SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
                                 WHERE attrelid = whole AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
                                SELECT string_agg(format('ALTER TABLE %%s DISABLE TRIGGER %%I', t.tgrelid::regclass, t.tgname), '; ') AS off,
                                       string_agg(format('ALTER TABLE %%s %%s TRIGGER %%I', t.tgrelid::regclass,
                                           CASE t.tgenabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, t.tgname), '; ') AS on_again
                                  INTO batch
                                  FROM pg_trigger AS t WHERE t.tgrelid IN (asked.part::regclass, whole) AND %s;
                                EXECUTE coalesce(batch.off, 'SELECT');
                                BEGIN
                                    EXECUTE format(%L, asked.part, columns, asked.first, asked.first + asked.blocks, whole) INTO gone, came;
                                EXCEPTION WHEN unique_violation THEN
                                    GET STACKED DIAGNOSTICS twin = PG_EXCEPTION_DETAIL;
                                    RAISE EXCEPTION 'rows of %% cannot return to %%: %%. %%', asked.part, whole, SQLERRM, twin
                                        USING ERRCODE = 'TM505', HINT = 'Uniqueness of the shorter key was not enforced since the cutover. Both rows are in the table: correct one of them, then repeat the rollback.';
                                END;
                                IF gone <> came THEN
                                    RAISE EXCEPTION 'proof failed: %% left %%, %% came to %%', gone, asked.part, came, whole USING ERRCODE = 'TM500';
                                END IF;
                                EXECUTE coalesce(batch.on_again, 'SELECT');
                                COMMIT;
                                IF NOT asked.awaited THEN
                                    first := first + %s;
                                END IF;
                            END LOOP;
                            -- A row that was changed meanwhile may have got a place that had been passed.
                            EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', part) INTO filled;
                        END LOOP;
                        PERFORM set_config(%L, 'yes', false);
                        COMMIT;
                    END LOOP;
                %s
                END
                $tidemark$""",
                subject.name().quoted(),
                awaited.present(),
                parts(),
                BLOCKS,
                AwaitedRows.asked(parts()),
                FIRED,
                REST,
                BLOCKED.toSeconds(),
                ReturningKeys.RETURNING,
                FIRED,
                BATCH,
                BLOCKS,
                OldSnapshots.ROWS_COPIED,
                awaited.left());
    }

    /** When they are empty: takes off them what stood for keys meanwhile, so that its functions can go. */
    Sql release() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    fires record;
                BEGIN
                    FOR fires IN
                        SELECT t.tgname AS name, t.tgrelid::regclass AS part
                          FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = f.pronamespace
                         WHERE t.tgrelid IN (SELECT to_regclass(p.identity) FROM (%s) AS p) AND NOT t.tgisinternal AND n.nspname = %L
                         ORDER BY 2, 1
                    LOOP
                        EXECUTE format('DROP TRIGGER %%I ON %%s', fires.name, fires.part);
                    END LOOP;
                END
                $tidemark$""",
                parts(), subject.subject().journal());
    }

    /** When nobody has a snapshot any more that sees rows in them. */
    Sql dropParts() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part text;
                    filled boolean;
                BEGIN
                    FOR part IN %s
                    LOOP
                        EXECUTE format('LOCK TABLE %%s IN ACCESS EXCLUSIVE MODE', part);
                        EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', part) INTO filled;
                        IF filled THEN
                            RAISE EXCEPTION '%% has got rows since they were moved', part USING ERRCODE = 'TM409';
                        END IF;
                        EXECUTE format('DROP TABLE %%s', part);
                        COMMIT;
                    END LOOP;
                    DELETE FROM %s WHERE run = %s AND kind = %L AND purpose = %L;
                END
                $tidemark$""",
                parts(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                RETURNING,
                subject.name().quoted());
    }

    /** A {@code format()} template for part, columns, first and last block, table: says what left and what came. */
    private static final String BATCH =
            """
            WITH gone AS (DELETE FROM ONLY %1$s WHERE ctid >= '(%3$s,0)' AND ctid < '(%4$s,0)' RETURNING %2$s),
                 came AS (INSERT INTO %5$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM gone RETURNING %2$s)
            SELECT (SUMMARY gone), (SUMMARY came)"""
                    .replace(
                            "(SUMMARY gone)",
                            "(" + RowHash.summary(new Sql(RowHash.of("ROW(%2$s)")), new Sql("gone")) + ")")
                    .replace(
                            "(SUMMARY came)",
                            "(" + RowHash.summary(new Sql(RowHash.of("ROW(%2$s)")), new Sql("came")) + ")");

    /** Names of those that have not returned yet, and that nobody has dropped. */
    private Sql parts() {
        return Sql.of(
                "SELECT o.identity FROM %s AS o WHERE o.run = %s AND o.kind = %L AND o.purpose = %L AND to_regclass(o.identity) IS NOT NULL ORDER BY 1",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                RETURNING,
                subject.name().quoted());
    }

    /** Whether some have not. */
    Sql any() {
        return Sql.of("EXISTS (%s)", parts());
    }
}
