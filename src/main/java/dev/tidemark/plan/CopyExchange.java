package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Cutover;
import dev.tidemark.sql.Sql;
import java.util.List;

/** How what was copied comes into use, and goes out of it again. */
interface CopyExchange {
    /** Keeps writers out and lets readers go on; the first statement of the window in which capture starts. */
    Sql lockWriters();

    /** Where capture is still on, its triggers hang on the tables; the first statement of the window in which it ends. */
    Sql lockCaptured();

    /** Before the window: room for what has come, and what has changed. */
    List<Sql> caughtUp(CopySubject subject);

    /** The window. */
    Cutover up();

    /** The window of the way back. */
    Cutover down();

    /** Before the window of the way back: what can be made the same beside the application. */
    List<Sql> followed(CopySubject subject);

    /** The proof that the application's rows and those that come back are the same. */
    CopyProof proofBack(CopySubject subject);

    /** Autovacuum may come, after the window. */
    Sql letIn(CopySubject subject);

    /** Takes away what was made, once the application uses none of it. */
    List<Sql> drop(CopySubject subject);

    /** Whether the way back is possible. */
    Check check();
}
