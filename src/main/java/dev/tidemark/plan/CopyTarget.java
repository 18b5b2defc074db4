package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What rows are copied into. One implementation for each layout. */
interface CopyTarget {
    /** Makes the new table under its name until the cutover, without indexes. */
    List<Sql> create(CopySubject subject);

    /** Makes room for rows that have come since; repeated before every replay. */
    List<Sql> makeRoom(CopySubject subject);

    /** The time that its chunks go by; nothing where it is no hypertable. */
    default Optional<String> chunkTime(CopySubject subject) {
        return Optional.empty();
    }

    /** Builds keys and indexes of its storage, side by side. */
    Slices indexes(CopySubject subject);

    /** Makes them keys and indexes of the table, which reads nothing. */
    List<Sql> joinIndexes(CopySubject subject);

    /** The table's successor without indexes, and without autovacuum until the cutover. */
    static List<Sql> heap(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(twin(subject).bare());
        if (Autovacuum.isKeptAway(subject)) {
            sql.add(Sql.of("ALTER TABLE %I SET (%s)", subject.copy(), new Sql(Autovacuum.OFF)));
        }
        return sql;
    }

    /** The table's successor, its indexes named for the time before the cutover. */
    static Twin twin(CopySubject subject) {
        return new Twin(subject.subject(), subject.copy(), subject::copyNameOf);
    }
}
