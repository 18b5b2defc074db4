package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.Optional;

/**
 * Makes the chunks of a new hypertable before rows are copied. Whoever inserts the first row of a chunk makes it, and holds a lock until he commits in which every
 * other who needs a new chunk waits: two workers took turns. With the chunks there and workers in different {@link CopySlices stripes}, so that the rows of a
 * chunk lie in the source's order, 5 M rows in 29 chunks took 4.2 to 4.9 s instead of 5.4 to 6.5 s. TimescaleDB's own function for this is not in
 * its Apache edition, so a row of each chunk comes and goes again: the oldest, which an index has to find, and the next one beyond its chunk's width.
 *
 * <p>It need not be complete: what is missing is made as rows come.
 */
final class FirstChunks {
    /** They are made in one transaction, which takes five locks for each. */
    private static final int MOST = 800;

    private FirstChunks() {}

    /** Nothing where no index finds a row of each chunk at once, or where looking would decompress. */
    static Optional<Sql> of(CopySubject subject) {
        return !subject.subject().isHypertable()
                        && subject.table().indexes().stream()
                                .anyMatch(index ->
                                        index.ordersBy(subject.subject().timeColumnName()))
                ? Optional.of(made(subject))
                : Optional.empty();
    }

    private static Sql made(CopySubject subject) {
        TimeType type = subject.subject().timeType();
        String time = subject.subject().timeColumnName();
        Sql finite = type.isInteger() ? new Sql("true") : Sql.of("isfinite(s.%I)", time);
        return Sql.of(
                """
                DO $tidemark$
                #variable_conflict use_variable
                DECLARE
                    width CONSTANT numeric := %s;
                    oldest %s;
                    latest %s;
                    beyond numeric;
                BEGIN
                    SELECT min(s.%I), max(s.%I) INTO oldest, latest FROM %I AS s WHERE %s;
                    FOR made IN 1..%s
                    LOOP
                        EXIT WHEN oldest IS NULL;
                        INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE
                        SELECT %s FROM %I AS s WHERE s.%I >= oldest AND %s ORDER BY s.%I LIMIT 1;
                        beyond := (floor(%s / width) + 1) * width;
                        EXIT WHEN beyond > %s;
                        SELECT min(s.%I) INTO oldest FROM %I AS s WHERE s.%I >= %s AND %s;
                    END LOOP;
                    DELETE FROM %I;
                END
                $tidemark$""",
                type.length(
                        subject.subject().chunkInterval(),
                        subject.subject().target().epoch()),
                type.cast(),
                type.cast(),
                time,
                time,
                subject.name(),
                finite,
                MOST,
                subject.copy(),
                subject.columns(),
                subject.columns("s"),
                subject.name(),
                time,
                finite,
                time,
                type.positionOf(new Sql("oldest")),
                type.positionOf(new Sql("latest")),
                time,
                subject.name(),
                time,
                type.valueOfPosition(new Sql("beyond::bigint")),
                finite,
                subject.copy());
    }
}
