package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The range of an exchanged partition, and CHECK constraints that say what lies in it and what does not: PostgreSQL reads no row to find out what a
 * constraint says already.
 */
final class PartBounds {
    private final Exchange exchange;

    PartBounds(Exchange exchange) {
        this.exchange = exchange;
    }

    /** What stands after its name where it is attached. */
    String text() {
        Partition place = exchange.place();
        Range range = place.range();
        TimeType type = exchange.own().timeType();
        return place.isDefault()
                ? "DEFAULT"
                : Sql.of(
                                "FOR VALUES FROM (%s) TO (%s)",
                                type.partitionBound(range.lower()), type.partitionBound(range.upper()))
                        .text();
    }

    /** A CHECK by which nothing is read when the exchanged partition comes back; validated beside the application, which does not use it. */
    Sql boundOfRetired() {
        Sql condition = exchange.place().isDefault() ? outsideOfOthers() : Sql.of("%L", inside());
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    follower CONSTANT regclass := %L::regclass;
                    condition CONSTANT text := %s;
                BEGIN
                    -- An attempt may be repeated, and its rows need not be read again.
                    IF condition = (SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = follower AND conname = %L) THEN
                        RETURN;
                    END IF;
                    EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %s', follower);
                    IF condition <> '' THEN
                        BEGIN
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s)', follower, condition);
                        EXCEPTION WHEN check_violation THEN
                            RAISE EXCEPTION 'rows of %%, which is to come back to %%, lie where another of its partitions is by now', follower, %L
                                USING ERRCODE = 'TM502', HINT = 'The partitions that had them were dropped or detached since. Delete these rows from ' || follower || ', or take the other partition out of the table; then say rollback again.';
                        END;
                        EXECUTE format('COMMENT ON CONSTRAINT %s ON %%s IS %%L', follower, condition);
                    END IF;
                END
                $tidemark$""",
                exchange.retired().quoted(),
                condition,
                PieceGrid.BOUND,
                new Sql(PieceGrid.BOUND),
                new Sql(PieceGrid.BOUND),
                exchange.table().quoted(),
                new Sql(PieceGrid.BOUND));
    }

    /**
     * A CHECK by which the DEFAULT partition is not read when something else than it changes hands: whatever the exchanged partition covers, or those that have
     * its rows, is not in it.
     */
    List<Sql> guardDefault() {
        if (exchange.place().isDefault()) {
            return List.of();
        }
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    rest regclass;
                BEGIN
                    FOR rest IN
                        SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                         WHERE i.inhparent = %L::regclass AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AND c.relkind IN ('r', 'p')
                    LOOP
                        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = rest AND conname = %L) THEN
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s) NOT VALID', rest, %L);
                            COMMIT;
                        END IF;
                        IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = rest AND conname = %L AND NOT convalidated) THEN
                            BEGIN
                                EXECUTE format('ALTER TABLE %%s VALIDATE CONSTRAINT %s', rest);
                            EXCEPTION WHEN check_violation THEN
                                RAISE EXCEPTION 'DEFAULT partition %% holds rows that lie where %% is, or is to come back to', rest, %L
                                    USING ERRCODE = 'TM502', HINT = 'They came where a partition was dropped or detached since. Make a partition for them, or delete them; then say it again.';
                            END;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                exchange.table().quoted(),
                PieceGrid.BOUND,
                new Sql(PieceGrid.BOUND),
                outside(),
                PieceGrid.BOUND,
                new Sql(PieceGrid.BOUND),
                exchange.part().quoted()));
    }

    /** It goes where it is no longer needed, whatever came of the exchange. */
    List<Sql> releaseDefault() {
        if (exchange.place().isDefault()) {
            return List.of();
        }
        return List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    rest regclass;
                BEGIN
                    FOR rest IN
                        SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.conname = %L
                         WHERE i.inhparent = to_regclass(%L) AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
                    LOOP
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %s', rest);
                    END LOOP;
                END
                $tidemark$""",
                PieceGrid.BOUND, exchange.table().quoted(), new Sql(PieceGrid.BOUND)));
    }

    private String outside() {
        return condition("%s IS NULL", "%s < %s", "%s >= %s", " OR ");
    }

    private String inside() {
        return condition("%s IS NOT NULL", "%s >= %s", "%s < %s", " AND ");
    }

    /** Of the column, its lower and its upper end; an end that there is not has nothing to say. */
    private String condition(String nulls, String lower, String upper, String joined) {
        Range range = exchange.place().range();
        TimeType type = exchange.own().timeType();
        Sql column = Sql.of("%I", exchange.grid().column());
        return Stream.of(
                        Stream.of(Sql.of(nulls, column)),
                        Stream.of(range.lower())
                                .filter(b -> b.isFinite())
                                .map(b -> Sql.of(lower, column, type.literal(b))),
                        Stream.of(range.upper())
                                .filter(b -> b.isFinite())
                                .map(b -> Sql.of(upper, column, type.literal(b))))
                .flatMap(s -> s)
                .map(Sql::text)
                .collect(Collectors.joining(joined));
    }

    /** As PostgreSQL itself would write what a DEFAULT partition may hold, the new partitions left out. */
    private Sql outsideOfOthers() {
        return Sql.of(
                """
                coalesce((SELECT format('NOT (%%I IS NOT NULL AND (%%s))', %L,
                                    string_agg(replace(pg_get_partition_constraintdef(c.oid), format('(%%I IS NOT NULL) AND ', %L), ''), ' OR ' ORDER BY pg_get_expr(c.relpartbound, c.oid)))
                               FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                              WHERE i.inhparent = %L::regclass AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' AND c.oid NOT IN (SELECT p.oid FROM (%s) AS p)
                             HAVING count(*) > 0), '')""",
                exchange.grid().column(),
                exchange.grid().column(),
                exchange.table().quoted(),
                exchange.pieces());
    }
}
