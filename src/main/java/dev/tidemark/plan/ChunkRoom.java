package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * The partitions beside those that chunks become, made before anybody knows of the table: between the chunks, where a hypertable makes a chunk for a row that
 * comes late, and from the last one on. Chunks come while a conversion prepares itself, so all of it may be repeated.
 */
final class ChunkRoom {
    private final CopySubject subject;
    private final ChunkStorage storage;
    private final PartitionGrid grid;
    private final TimeType type;

    ChunkRoom(CopySubject subject, ChunkStorage storage) {
        this.subject = subject;
        this.storage = storage;
        this.grid = new PartitionGrid(subject);
        this.type = subject.subject().timeType();
    }

    /** Drops those where a chunk is by now, and makes those that are missing; the first and the last of a gap are cut where the chunks are. */
    Sql make() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    parent CONSTANT regclass := %L::regclass;
                    step CONSTANT interval := %L;
                    gap record;
                    here bigint;
                    there bigint;
                    beginning timestamp;
                    ending timestamp;
                    next timestamp;
                    low text;
                    high text;
                    part text;
                BEGIN
                    FOR part IN
                        SELECT p.part FROM (%s) AS p WHERE EXISTS (SELECT FROM (%s) AS c WHERE c.lower < p.upper AND c.upper > p.lower)
                    LOOP
                        EXECUTE format('DROP TABLE %%s', part);
                    END LOOP;
                    SELECT greatest(%s, %s) + %s * step INTO ending FROM (SELECT max(c.upper) AS upper FROM (%s) AS c) AS l;
                    FOR gap IN
                        SELECT t.upper AS lower, lead(t.lower) OVER (ORDER BY t.lower) AS upper
                          FROM (SELECT c.lower, c.upper FROM (%s) AS c UNION ALL SELECT p.lower, p.upper FROM (%s) AS p
                                UNION ALL SELECT %s, %s WHERE NOT EXISTS (SELECT FROM (%s) AS c)) AS t
                    LOOP
                        here := gap.lower;
                        beginning := %s;
                        IF extract(epoch FROM coalesce(%s, ending) - beginning) / extract(epoch FROM step) > %s THEN
                            RAISE EXCEPTION 'between a chunk of %% that ends at %% and what comes next more than %s partitions would be needed', %L, beginning
                                USING ERRCODE = 'TM172', HINT = 'Correct or delete the rows that lie by themselves and drop their chunk, then run the same change again; or take the conversion back, and set a longer interval.';
                        END IF;
                        WHILE here < gap.upper OR gap.upper IS NULL AND beginning <= ending
                        LOOP
                            next := %s + step;
                            there := %s;
                            -- Clocks that are put back tell the same time twice.
                            WHILE there <= here
                            LOOP
                                next := next + step;
                                there := %s;
                            END LOOP;
                            there := least(there, gap.upper);
                            low := %s;
                            high := %s;
                            part := %s;
                            PERFORM %s;
                            here := there;
                            beginning := %s;
                        END LOOP;
                    END LOOP;
                END
                $tidemark$""",
                subject.copy().quoted(),
                subject.subject().chunkInterval().toString(),
                made(),
                chunks(),
                grid.floor(grid.now()),
                grid.floor(local("l.upper")),
                subject.partitioning().premake(),
                chunks(),
                chunks(),
                made(),
                position(grid.bound(grid.floor(grid.now()).text())),
                position(grid.bound(grid.floor(grid.now()).text())),
                chunks(),
                local("here"),
                local("gap.upper"),
                Partitioning.MOST_AHEAD,
                Partitioning.MOST_AHEAD,
                subject.name().toString(),
                grid.floor(new Sql("beginning")),
                position(grid.bound("next")),
                position(grid.bound("next")),
                type.textOfPosition(new Sql("here")),
                type.textOfPosition(new Sql("there")),
                grid.name(),
                grid.make(),
                local("here"));
    }

    /** Within the window: raises TM409 where chunks have come or gone, so that partitions overlap one or leave a gap. */
    Sql require() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF (WITH chunk AS MATERIALIZED (SELECT c.lower, c.upper FROM (%s) AS c), made AS MATERIALIZED (SELECT p.lower, p.upper FROM (%s) AS p)
                        SELECT EXISTS (SELECT FROM (SELECT t.upper, lead(t.lower) OVER (ORDER BY t.lower, t.upper) AS next
                                                      FROM (SELECT * FROM chunk UNION ALL SELECT * FROM made) AS t) AS g
                                        WHERE g.upper <> g.next)) THEN
                        RAISE EXCEPTION 'a chunk of %% has come since the partitions beside it were made, or gone', %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                chunks(), made(), subject.name().toString());
    }

    private Sql chunks() {
        return storage.leaving(subject.subject()).chunks();
    }

    /** {@code part, lower, upper} of the partitions that the new table has. */
    private Sql made() {
        return Sql.of(
                """
                SELECT c.oid::regclass::text AS part, b.lower, b.upper
                                  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid CROSS JOIN LATERAL (%s) AS b
                                 WHERE i.inhparent = %L::regclass AND b.bounds IS NOT NULL""",
                PieceList.bounds(type, "c"), subject.copy().quoted());
    }

    /** A position as local time. */
    private Sql local(String position) {
        return grid.local(
                Sql.of("(%s)", type.valueOfPosition(new Sql(position))).text());
    }

    /** The text of a bound as a position. */
    private Sql position(Sql text) {
        return type.positionOf(Sql.of("(%s)::%s", text, type.cast()));
    }
}
