package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Advisory locks at which transactions meet that write one key of a table at a time: on a hash of it; different keys of one hash cost waiting only. A transaction of
 * many keys takes one lock on all of them instead, because the server has room for some thousand locks, everybody's together.
 *
 * <p>For a trigger function in PL/pgSQL, which declares {@code latest}, whether each statement has a snapshot of its own, and {@code keys integer}.
 */
final class KeyLocks {
    /** Keys of a transaction that are locked one by one: a sixth of the locks that a server with usual settings has room for. */
    private static final int SINGLE = 1_000;
    /** Ours among advisory locks of two numbers. */
    private static final int SPACE = 0x7469_6465;

    private final TableName table;
    private final String counter;

    /**
     * Of a table.
     *
     * @param function the trigger function; its name tells the setting that counts a transaction's keys
     */
    KeyLocks(TableName table, TableName function) {
        this.table = table;
        this.counter = "tidemark." + function.name().replace('-', '_');
    }

    /** Keys of different tables have different locks. */
    int seed() {
        return UUID.nameUUIDFromBytes(table.quoted().getBytes(StandardCharsets.UTF_8))
                .hashCode();
    }

    /** Statements that take the lock on {@code hash}, or raise a serialization failure where another transaction has it whose row this one will never see. */
    Sql take(Sql hash) {
        return Sql.of(
                """
                    keys := coalesce(nullif(current_setting(%L, true), '')::integer, 0);
                    IF keys = 0 THEN
                        IF latest THEN
                            PERFORM pg_advisory_xact_lock_shared(%s, %s);
                        ELSIF NOT pg_try_advisory_xact_lock_shared(%s, %s) THEN
                            %s
                        END IF;
                    END IF;
                    IF keys < %s THEN
                        IF latest THEN
                            PERFORM pg_advisory_xact_lock(%s);
                        ELSIF NOT pg_try_advisory_xact_lock(%s) THEN
                            %s
                        END IF;
                        PERFORM set_config(%L, (keys + 1)::text, true);
                    ELSIF keys = %s THEN
                        -- From here on nobody else writes a key until this transaction ends.
                        IF latest THEN
                            PERFORM pg_advisory_xact_lock(%s, %s);
                        ELSIF NOT pg_try_advisory_xact_lock(%s, %s) THEN
                            %s
                        END IF;
                        PERFORM set_config(%L, (keys + 1)::text, true);
                    END IF;
                """,
                counter,
                SPACE,
                seed(),
                SPACE,
                seed(),
                CONCURRENT,
                SINGLE,
                hash,
                hash,
                CONCURRENT,
                counter,
                SINGLE,
                SPACE,
                seed(),
                SPACE,
                seed(),
                CONCURRENT,
                counter);
    }

    /** Of a key that another transaction is writing. */
    static final Sql CONCURRENT = new Sql(
            "RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'could not serialize access due to concurrent update', DETAIL = 'Another transaction writes the same key.';");
}
