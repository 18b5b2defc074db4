package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * The partitions beside those that chunks become, made before anybody knows of the table: between the chunks, where a hypertable makes a chunk for a row that
 * comes late, and from the last one on. Chunks come while a conversion prepares itself, so all of it may be repeated. Where one row of 1970 lies by itself,
 * thousands of empty partitions would follow it: such a gap stays open.
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
                    last timestamp;
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
                        CONTINUE WHEN gap.upper <= gap.lower;
                        here := gap.lower;
                        beginning := %s;
                        last := CASE WHEN gap.upper IS NULL THEN ending ELSE 'infinity' END;
                        IF %s THEN
                            -- Beside a row that lies by itself only the present gets partitions.
                            last := %s + %s * step;
                            there := %s;
                            IF extract(epoch FROM %s - beginning) / extract(epoch FROM step) > %s THEN
                                here := there;
                                beginning := %s;
                            END IF;
                        END IF;
                        WHILE coalesce(here < gap.upper, true) AND beginning <= last
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
                            COMMIT;
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
                isWide("gap.lower", "gap.upper", chunks()),
                grid.floor(grid.now()),
                subject.partitioning().premake(),
                position(grid.bound(grid.floor(grid.now()).text())),
                local("there"),
                Partitioning.MOST_AHEAD,
                local("here"),
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
                                        WHERE g.upper > g.next OR g.upper < g.next AND NOT coalesce(%s, false))) THEN
                        RAISE EXCEPTION 'a chunk of %% has come since the partitions beside it were made, or gone', %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                chunks(),
                made(),
                isWide("g.upper", "g.next", new Sql("SELECT * FROM chunk")),
                subject.name().toString());
    }

    /** Whether the two chunks around a gap lie so far apart that it stays open but for the present; NULL outside of all chunks. */
    private Sql isWide(String lower, String upper, Sql chunks) {
        return Sql.of(
                "(SELECT extract(epoch FROM %s - %s) / extract(epoch FROM %L::interval) > %s"
                        + " FROM (SELECT (SELECT max(c.upper) FROM (%s) AS c WHERE c.upper <= %s) AS lower, (SELECT min(c.lower) FROM (%s) AS c WHERE c.lower >= %s) AS upper) AS w)",
                local("w.upper"),
                local("w.lower"),
                subject.subject().chunkInterval().toString(),
                Partitioning.MOST_AHEAD,
                chunks,
                new Sql(lower),
                chunks,
                new Sql(upper));
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
