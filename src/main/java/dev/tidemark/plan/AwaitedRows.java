package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Duration;

/**
 * INSERT while rows return to a table from parts of it: PostgreSQL asks the index of the table alone whether a key is there, for {@code ON CONFLICT} too. So before each
 * row, a generated trigger looks its keys up in the parts, and where one is found, that row is brought home first: who inserts asks for it by an advisory lock, which the
 * session that brings rows home ({@link ReturningRows}) sees before its next batch, and waits until it is there. Then PostgreSQL itself meets it: {@code ON CONFLICT} does
 * what it says, and without it the index answers. Some hundred rows beside it come along.
 *
 * <p>The row must come by another transaction: one that came by this one {@code DO UPDATE} would not touch (21000). That transaction waits for all who have changed
 * something in the part; so one who has done so himself cannot wait for it, nor does anybody wait longer than {@code maxPause}. They get a serialization failure,
 * and find the row at home when they try again. Under REPEATABLE READ {@code DO UPDATE} gets it in any case, from the server, because the row has come home since the
 * transaction began. Where nobody brings rows home, or a trigger of the table's own would have to be disabled for that, which waits for every INSERT, nobody waits,
 * and the answer is that of the key.
 */
final class AwaitedRows {
    /** After all other triggers, which may still give the row its key. */
    static final String TRIGGER = "~" + ReturningKeys.PREFIX + "0";
    /** First of the two numbers of the advisory lock that a session holds which brings rows home. */
    private static final int MOVING = 0x7469_6466;
    /** Nobody is expected who has not been there for so long; from the window to the first batch it is some tens of milliseconds. */
    private static final Duration ABSENT = Duration.ofSeconds(1);

    /**
     * Blocks of a batch that is asked for. Everybody who waits may have to wait for the batches of all others, which with 64 blocks was 1.6 s for 40 sessions;
     * one that meets rows everywhere waits once for each batch.
     */
    private static final int BLOCKS = 8;

    private final CopySubject subject;
    private final TableName function;
    private final KeyLocks locks;

    AwaitedRows(CopySubject subject) {
        this.subject = subject;
        this.function = CopySubject.ours(subject.subject().journal(), subject.name(), "returning_inserts");
        this.locks = new KeyLocks(subject.name(), ReturningKeys.function(subject));
    }

    /** In the window, when the parts are children of the table and have got its triggers, of which this is none. */
    Sql create() {
        return Sql.of(
                """
                DO $keys$
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    one record;
                    hash text;
                    cases text := '';
                BEGIN
                    IF NOT %s THEN
                        RETURN;
                    END IF;
                    FOR one IN
                %s
                    LOOP
                        -- One that is checked late serves no ON CONFLICT.
                        CONTINUE WHEN one.timing <> '';
                %s
                        cases := cases || format(%L, one.name, one.read, one.condition, one.missing, whole, one.same, one.state, one.answer, one.columns, one.values, replace(%L, ':hash:', hash));
                    END LOOP;
                    IF cases = '' THEN
                        RETURN;
                    END IF;
                    EXECUTE %L || quote_literal(replace(replace(replace(%L, ':patience:', coalesce(current_setting('tidemark.max_pause_ms', true), '2000')),
                        ':window:', pg_current_xact_id()::text), ':cases:', cases));
                    REVOKE ALL ON FUNCTION %I() FROM PUBLIC;
                    COMMENT ON FUNCTION %I() IS %L;
                    EXECUTE %L;
                    EXECUTE format(%L, whole);
                    -- It has asked for every key; but not for one that is computed afterwards, or that a later trigger may change.
                    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = whole AND attgenerated <> '' AND NOT attisdropped)
                       AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = whole AND tgtype & 7 = 7 AND tgname::text COLLATE "C" > %L) THEN
                        FOR one IN SELECT tgname AS name, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = whole AND tgfoid = to_regprocedure(%L) AND tgconstraint = 0
                        LOOP
                            EXECUTE replace(replace(one.definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'), ' AFTER INSERT OR UPDATE ', ' AFTER UPDATE ');
                            EXECUTE format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER %%I', whole, one.name);
                        END LOOP;
                    END IF;
                END
                $keys$""",
                subject.name().quoted(),
                new ReturningRows(subject).any(),
                ReturningKeys.INDEXES,
                ReturningKeys.hash(locks),
                CASE.replace(":detail:", ReturningKeys.DETAIL),
                locks.take(new Sql(":hash:")).text(),
                Sql.of(ReturningKeys.FUNCTION, function).text(),
                Sql.of(BODY, awaited(), LATE, ReturningKeys.KNOWS_PARTS).text(),
                function,
                function,
                "Made by Tidemark: lets INSERT meet rows that have not returned to " + subject.name() + " yet.",
                TriggerFunction.giveToOwner(function, subject.table().owner()).text(),
                Sql.of(HANG, TRIGGER, ReturningKeys.RETURNING, function, TRIGGER)
                        .text(),
                TRIGGER,
                ReturningKeys.function(subject).quoted() + "()");
    }

    /** When every row is home. */
    Sql drop() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF to_regprocedure(%L) IS NOT NULL THEN
                        DROP TRIGGER IF EXISTS %I ON %I;
                        DROP FUNCTION %I();
                    END IF;
                END
                $tidemark$""",
                function.quoted() + "()", TRIGGER, subject.name(), function);
    }

    /** For who brings rows home: says that somebody is at work, until the session ends or {@link #left}. */
    Sql present() {
        return Sql.of(
                """
                    IF NOT EXISTS (%s AND pid = pg_backend_pid()) THEN
                        PERFORM pg_advisory_lock_shared(%s, %s);
                    END IF;""",
                somebody(), MOVING, locks.seed());
    }

    /** The opposite. */
    Sql left() {
        return Sql.of("    PERFORM pg_advisory_unlock_shared(%s, %s);", MOVING, locks.seed());
    }

    private Sql somebody() {
        return Sql.of(
                "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = %s AND objid::bigint = %s & 4294967295 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                MOVING, (long) locks.seed());
    }

    /**
     * Asks for batches that somebody waits for, each with its part, its first block, and how many blocks it has.
     *
     * @param parts lists the names of the parts
     */
    static Sql asked(Sql parts) {
        return Sql.of(
                """
                SELECT p.identity AS part, l.objid::bigint * %s AS first, %s AS blocks
                  FROM (%s) AS p JOIN pg_locks AS l ON l.classid = to_regclass(p.identity)
                 WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.mode = 'ShareLock'
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
                BLOCKS, BLOCKS, parts);
    }

    private Sql awaited() {
        return Sql.of(
                """
                        -- What this transaction has locked there keeps the row from coming.
                        IF EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = part AND granted AND mode <> 'AccessShareLock') THEN
                            %s
                        END IF;
                        begun := clock_timestamp();
                        seen := begun;
                        look := begun;
                        outcome := '';
                        BEGIN
                            IF EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = whole AND %s) THEN
                                -- For a batch they would have to be disabled, which waits for every INSERT.
                                outcome := 'hindered';
                                RAISE EXCEPTION 'not to be asked for';
                            END IF;
                            PERFORM pg_advisory_xact_lock_shared((part::oid::bigint << 32 >> 32)::integer, ((place::text::point)[0]::bigint / %s)::integer);
                            LOOP
                                IF latest THEN
                                    EXECUTE format('SELECT true FROM ONLY %%s WHERE ctid = $1', part) INTO there USING place;
                                ELSE
                                    -- The snapshot shows it there for ever; who would lock it is told.
                                    BEGIN
                                        there := true;
                                        EXECUTE format('LOCK TABLE ONLY %%s IN ROW SHARE MODE NOWAIT', part);
                                        EXECUTE format('SELECT true FROM ONLY %%s WHERE ctid = $1 FOR KEY SHARE NOWAIT', part) INTO there USING place;
                                        RAISE EXCEPTION 'let go';
                                    EXCEPTION
                                        WHEN raise_exception OR lock_not_available THEN
                                        WHEN serialization_failure THEN
                                            there := NULL;
                                    END;
                                END IF;
                                IF there IS NULL THEN
                                    outcome := 'home';
                                ELSIF clock_timestamp() > begun + interval ':patience: milliseconds' THEN
                                    outcome := 'late';
                                ELSIF clock_timestamp() > look THEN
                                    look := clock_timestamp() + interval '100 milliseconds';
                                    IF EXISTS (%s) THEN
                                        seen := clock_timestamp();
                                    ELSIF clock_timestamp() > seen + interval '%s milliseconds' THEN
                                        outcome := 'alone';
                                    END IF;
                                END IF;
                                EXIT WHEN outcome <> '';
                                -- Many who wait must not keep the one who works from it.
                                PERFORM pg_sleep(least(0.02, 0.002 + 0.5 * extract(epoch FROM clock_timestamp() - begun)));
                            END LOOP;
                            -- Gives up what was asked for.
                            RAISE EXCEPTION 'asked';
                        EXCEPTION WHEN raise_exception THEN
                        END;""",
                LATE, ReturningRows.FIRED, BLOCKS, somebody(), ABSENT.toMillis());
    }

    private static final Sql LATE = new Sql(
            "RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'could not serialize access: a row with the same key is returning to its table', DETAIL = what.detail, HINT = 'Repeat the transaction.';");

    private static final String HANG =
            """
            CREATE TRIGGER %I BEFORE INSERT ON %%1$s FOR EACH ROW
                WHEN (current_setting(%L, true) IS DISTINCT FROM 'yes') EXECUTE FUNCTION %I();
            ALTER TABLE %%1$s ENABLE ALWAYS TRIGGER %I;
            """;

    /** Expressions of an index are about the columns of {@code n}, whose names come before the function's own. */
    private static final String BODY =
            """
            #variable_conflict use_column
            DECLARE
                latest CONSTANT boolean := current_setting('transaction_isolation') IN ('read committed', 'read uncommitted');
                whole CONSTANT regclass := TG_RELID;
                again boolean := false;
                keys integer;
                written record;
                what record;
                part regclass;
                place tid;
                begun timestamptz;
                seen timestamptz;
                look timestamptz;
                there boolean;
                outcome text;
            BEGIN
                LOOP
                    part := NULL;
            :cases:
                    EXIT WHEN part IS NULL;
                    again := true;
            %s
                    IF outcome = 'late' THEN
                        %s
                    ELSIF outcome IN ('alone', 'hindered') THEN
                        RAISE EXCEPTION USING ERRCODE = what.state, SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = what.name, MESSAGE = what.answer, DETAIL = what.detail,
                            HINT = 'The row is in a part of the table and about to return to it. ' || CASE outcome
                                WHEN 'alone' THEN 'Nobody is at work on that: go on with the rollback.'
                                ELSE 'Because of triggers of the table that can be when no INSERT is under way: ON CONFLICT meets it afterwards.' END;
                    END IF;
                    -- Any other key would be refused because of this one.
                    EXIT WHEN NOT latest;
                END LOOP;
            %s
                RETURN NEW;
            END""";

    /** A {@code format()} template for one index: name, what is read, its condition, whether it is NULL, table, equality, SQLSTATE, message, columns, values, locks. */
    private static final String CASE =
            """
                    IF part IS NULL THEN
                        SELECT %2$s INTO written FROM (SELECT NEW.*) AS n WHERE %3$s;
                        IF FOUND AND NOT (%4$s) THEN
                            IF NOT again THEN
            %11$s
                            END IF;
                            SELECT n.tableoid, n.ctid INTO part, place FROM %5$s AS n WHERE %6$s AND (%3$s) AND n.tableoid <> %5$L::regclass LIMIT 1;
                            IF FOUND THEN
                                SELECT %1$L AS name, %7$L AS state, %8$L AS answer,
                                       :detail: AS detail
                                  INTO what;
                            END IF;
                        END IF;
                    END IF;
            """;
}
