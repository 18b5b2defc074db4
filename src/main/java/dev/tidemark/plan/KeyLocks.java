package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Advisory locks at which transactions meet that write one key of a table at a time: on a hash of it; different keys of one hash cost waiting only. A transaction of
 * many keys takes one lock on all of them instead, because the server has room for some thousand locks, everybody's together; others that write keys wait for it
 * at their next one, and it waits where one of them has locked a key that it comes to. Two such transactions come one after the other.
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
        Sql all = Sql.of("%s, %s", SPACE, seed());
        return Sql.of(
                """
                    keys := coalesce(nullif(current_setting(%L, true), '')::integer, 0);
                    IF keys < %s THEN
                        -- Whoever writes many is waited for, before the key is locked, which he may be about to write, and in case he has come since.
                %s
                        IF latest THEN
                            PERFORM pg_advisory_xact_lock(%s);
                        ELSIF NOT pg_try_advisory_xact_lock(%s) THEN
                            %s
                        END IF;
                %s
                        PERFORM set_config(%L, (keys + 1)::text, true);
                    ELSE
                        IF keys = %s THEN
                            -- From here on nobody else locks another key until this transaction ends; those that others have locked are waited for.
                            IF latest THEN
                                PERFORM pg_advisory_xact_lock(%s);
                            ELSIF NOT pg_try_advisory_xact_lock(%s) THEN
                                %s
                            END IF;
                            PERFORM set_config(%L, (keys + 1)::text, true);
                        END IF;
                %s
                    END IF;
                """,
                counter,
                SINGLE,
                pass("_shared", all),
                hash,
                hash,
                CONCURRENT,
                pass("_shared", all),
                counter,
                SINGLE,
                all,
                all,
                CONCURRENT,
                counter,
                pass("", hash));
    }

    /**
     * Statements that wait until nobody has a lock that excludes this one, and keep none: a transaction that kept it could never get the other kind beside another that
     * wants the same. Taking and giving it back is one expression, so that nothing can come between; where it has to wait, a block that is rolled back
     * does.
     */
    private static Sql pass(String shared, Sql lock) {
        return new Sql(
                """
                        IF NOT (CASE WHEN pg_try_advisory_lock%1$s(%2$s) THEN pg_advisory_unlock%1$s(%2$s) ELSE false END) THEN
                            IF NOT latest THEN
                                %3$s
                            END IF;
                            BEGIN
                                PERFORM pg_advisory_xact_lock%1$s(%2$s);
                                RAISE EXCEPTION USING ERRCODE = 'TMXXX';
                            EXCEPTION WHEN SQLSTATE 'TMXXX' THEN
                                -- Waited for, and not kept.
                            END;
                        END IF;"""
                        .replace("%1$s", shared)
                        .replace("%2$s", lock.text())
                        .replace("%3$s", CONCURRENT.text()));
    }

    /** Of a key that another transaction is writing. */
    static final Sql CONCURRENT = new Sql(
            "RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'could not serialize access due to concurrent update', DETAIL = 'Another transaction writes the same key.';");
}
