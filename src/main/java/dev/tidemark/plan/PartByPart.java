package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * For a DO block that changes the parts of a table in use one after the other, each in a transaction under ACCESS EXCLUSIVE: the application gets its breath
 * between two of them.
 *
 * <p>A statement that excludes no part locks them all, from the earliest to the latest. Whoever changes the parts in that order too, without a pause, meets
 * the same statement again at every part: beside readers of 200 ms, statements waited 1.7 s for 17 parts whose longest lock took 0.25 s, and so little was
 * answered in between that an application of 500 statements a second fell behind by 2.9 s.
 */
final class PartByPart {
    /** A variable of the block. */
    static final Sql VARIABLE = new Sql("asked timestamptz;");

    /** The latest first: a statement that was made to wait has met only parts before this one. */
    static final Sql ORDER = new Sql("ORDER BY lower DESC NULLS LAST");

    /** Before the statement that takes the lock. */
    static final Sql ASK = new Sql("asked := clock_timestamp();");

    /** After it. What it took, waiting and working, the application gets threefold to recover, a second at most. */
    static final Sql COMMIT =
            new Sql("COMMIT; PERFORM pg_sleep(least(3 * extract(epoch FROM clock_timestamp() - asked), 1));");

    private PartByPart() {}
}
