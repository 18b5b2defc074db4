package dev.tidemark.plan;

import dev.tidemark.sql.TableName;

/** Where the changes of a table are recorded: in the journal's schema. */
public final class ChangeLogs {
    /** What stands in the log of a table whose limit was reached, in {@code what}. */
    public static final String FULL = "F";

    /** Begins the name of the log of changes until the cutover. */
    static final String CAPTURE = "capture";

    private ChangeLogs() {}

    /** The log that the copy is made to follow by. */
    public static TableName untilCutover(String journal, TableName table) {
        return CopySubject.ours(journal, table, CAPTURE);
    }

    /** The log that the way back goes by. */
    public static TableName sinceCutover(String journal, TableName table) {
        return CopySubject.ours(journal, table, CopySubject.WAY_BACK);
    }
}
