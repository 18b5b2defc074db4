package dev.tidemark.session;

import java.util.Set;

/** The SQLSTATEs that we act on. Source: PostgreSQL, appendix A. */
public final class SqlState {
    public static final String LOCK_NOT_AVAILABLE = "55P03";
    public static final String QUERY_CANCELED = "57014";
    public static final String TRANSACTION_TIMEOUT = "25P04";
    public static final String IDLE_IN_TRANSACTION_TIMEOUT = "25P03";
    public static final String DEADLOCK = "40P01";
    public static final String SERIALIZATION_FAILURE = "40001";
    public static final String UNDEFINED_TABLE = "42P01";
    public static final String RAISED = "P0001";
    public static final String TOO_MANY_CONNECTIONS = "53300";
    public static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** Raised by our own blocks: the table has changed since it was prepared, preparing it again will do. */
    public static final String PREPARE_AGAIN = "TM409";
    /** Raised by our own blocks: not every change was recorded, because the log of changes had reached its limit. */
    public static final String LOG_FULL = "TM411";
    /** Raised by our own blocks: what was proved has been truncated since. */
    public static final String PROVE_AGAIN = "TM412";
    /** Raised by our own blocks: others' snapshots must end first. */
    public static final String WAIT_FOR_OTHERS = "TM408";

    /** Raised by our own blocks: a TRUNCATE has left nothing that could be compared. */
    public static final String NOTHING_TO_PROVE = "TM413";
    /** Raised by our own blocks: a proof does not hold. */
    public static final String PROOF_FAILED = "TM500";

    private static final Set<String> OUT_OF_BUDGET = Set.of(
            LOCK_NOT_AVAILABLE,
            QUERY_CANCELED,
            TRANSACTION_TIMEOUT,
            IDLE_IN_TRANSACTION_TIMEOUT,
            DEADLOCK,
            PREPARE_AGAIN,
            WAIT_FOR_OTHERS,
            SERIALIZATION_FAILURE);

    private SqlState() {}

    /** Whether a window that failed so may simply be tried again. */
    public static boolean worthRepeating(String sqlState) {
        return OUT_OF_BUDGET.contains(sqlState);
    }

    /** Whether the connection is gone: class 08, or the server going down, or the session terminated. */
    public static boolean connectionLost(String sqlState) {
        return sqlState.startsWith("08")
                || sqlState.startsWith("57P")
                || sqlState.equals(TRANSACTION_TIMEOUT)
                || sqlState.equals(IDLE_IN_TRANSACTION_TIMEOUT);
    }
}
