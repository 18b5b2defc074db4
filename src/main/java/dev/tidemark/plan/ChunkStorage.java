package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;

/** How existing storage becomes chunks of a hypertable in the window, and partitions again. One implementation for each zero-copy strategy. */
interface ChunkStorage {
    /** The name of the CHECK constraint that proves a piece's range before the window. */
    String BOUND = "tidemark_bound";

    /** Statements of the cutover that turn every piece into a chunk of the hypertable that exists by then under the table's name. */
    List<Sql> intoChunks(Subject subject);

    /** Whether a piece that becomes a chunk is given the foreign keys it lacks; else it must bring them along. */
    boolean addsForeignKeys();

    /** Statements of the way back that return every chunk, those made since the cutover too, to the retired table. */
    default List<Sql> backFromChunks(Subject subject) {
        return List.of(WayBack.block(subject, leaving(subject)));
    }

    /** How a chunk leaves its hypertable. */
    WayBack.Chunks leaving(Subject subject);

    /** A query for what the hypertable consists of: {@code chunk, slice, part, lower, upper}, bounds as positions. */
    Sql chunks(Subject subject);

    /** Gathers the planner's statistics of the new table. */
    default Sql analyze(Subject subject) {
        return Sql.of("ANALYZE %I", subject.name());
    }

    /** What must be done chunk by chunk before the window of the way back; empty if nothing. */
    List<Sql> beforeWayBack(Subject subject);

    /** What must be done chunk by chunk before chunks that TimescaleDB made leave their hypertable; empty if nothing. */
    default List<Sql> beforeLeaving(Subject subject) {
        return beforeWayBack(subject);
    }

    /** Takes that back. */
    List<Sql> withoutProof(Subject subject);

    /** Versions of TimescaleDB on which pieces can become chunks this way; empty where any will do. */
    List<String> versions();
}
