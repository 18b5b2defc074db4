package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes the partitions that rows of an exchanged partition go into, below a table of their own: where the calendar of a zone has its lines, and only where
 * the table has no partition. Each gets a CHECK of its range, so that nothing is read when it changes hands.
 *
 * <p>Rows of a DEFAULT partition need partitions where there are rows. Of a partition with bounds every value in it must have a place afterwards too: the
 * first and the last piece have its own ends.
 *
 * @param part the partition that is exchanged
 * @param copy the table that the pieces hang below until the window
 * @param whole the table that they come to
 * @param definition what they get besides its definition: owner, storage parameters, persistence
 * @param column the column that decides
 * @param type its type
 * @param width how wide they are
 * @param calendar how values become lines
 * @param anchor where a partition of this width begins
 * @param name how they are called
 * @param range the bounds of the partition; empty for a DEFAULT partition
 * @param changes what records its changes; empty where they are not recorded row by row
 */
record PieceGrid(
        TableName part,
        TableName copy,
        TableName whole,
        Table definition,
        String column,
        TimeType type,
        Interval width,
        PieceCalendar calendar,
        Optional<Bound> anchor,
        PieceNames name,
        Optional<Range> range,
        Optional<Changes> changes) {
    /** The CHECK by which nothing is read when a piece changes hands; none of its table's has this name. */
    static final String BOUND = "tidemark_bound";

    /**
     * Where it is written down which values have come since.
     *
     * @param log the log
     * @param column its column for the time
     */
    record Changes(TableName log, String column) {}

    /** Before rows are copied: for all of them. */
    Sql create() {
        return block(cells());
    }

    /** A query for how many there will be. */
    Sql count() {
        return Sql.of("SELECT count(*) FROM (%s) AS cell", cells());
    }

    private Sql cells() {
        return range.isPresent() ? within() : rows(Sql.of("SELECT s.%I AS value FROM %I AS s", column, part));
    }

    /** Before changes are replayed: for those that have come; where everything was truncated, for all there are. */
    List<Sql> makeRoom() {
        if (range.isPresent()) {
            return List.of();
        }
        return List.of(
                away(),
                changes.map(log -> block(rows(Sql.of(
                                """
                                SELECT l.%I AS value FROM %I AS l WHERE l.what IS NULL
                                           UNION ALL SELECT s.%I FROM %I AS s WHERE EXISTS (SELECT FROM %I WHERE what = 'T')""",
                                log.column(), log.log(), column, part, log.log()))))
                        .orElseGet(this::create));
    }

    /** Where somebody has made a partition meanwhile, which takes only what DEFAULT did not hold, an empty piece goes. */
    private Sql away() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    filled boolean;
                BEGIN
                    FOR piece IN %s
                    LOOP
                        EXECUTE format('SELECT EXISTS (SELECT FROM %%s)', piece.relation) INTO filled;
                        IF filled AND NOT piece.inside THEN
                            RAISE EXCEPTION 'partition %% of %% has been made since, in the middle of a range whose other rows are being copied into %%', piece.other, %L, piece.relation
                                USING ERRCODE = 'TM410', HINT = 'Take it back and begin it again.';
                        ELSIF NOT filled THEN
                            EXECUTE format('DROP TABLE %%s', piece.relation);
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                overlapping(), whole.quoted());
    }

    /** Pieces whose range a partition of the table has by now; {@code inside} if the replay takes every row out of it. */
    Sql overlapping() {
        if (range.isPresent()) {
            // What has a place already cannot get another one.
            return new Sql(
                    "SELECT NULL::regclass AS relation, NULL::regclass AS other, NULL::boolean AS inside WHERE false");
        }
        return Sql.of(
                """
                SELECT p.relation, o.relation AS other, o.range @> p.range AS inside
                          FROM (%s) AS p JOIN (%s) AS o ON o.range && p.range
                         ORDER BY p.relation::text""",
                ranges(copy), ranges(whole));
    }

    /** A query for {@code relation, range} of partitions that are not DEFAULT; the one that is exchanged is left out. */
    private Sql ranges(TableName parent) {
        return Sql.of(
                """
                SELECT c.oid::regclass AS relation,
                               %s(CASE WHEN m[1] <> 'MINVALUE' THEN m[1]::%s END, CASE WHEN m[2] <> 'MAXVALUE' THEN m[2]::%s END) AS range
                          FROM pg_inherits AS i
                          JOIN pg_class AS c ON c.oid = i.inhrelid
                         CROSS JOIN LATERAL regexp_match(translate(pg_get_expr(c.relpartbound, c.oid), '''', ''), '^FOR VALUES FROM \\((.*)\\) TO \\((.*)\\)$') AS m
                         WHERE i.inhparent = %L::regclass AND i.inhrelid IS DISTINCT FROM to_regclass(%L) AND m IS NOT NULL""",
                rangeType(), counted(), counted(), parent.quoted(), part.quoted());
    }

    private Sql block(Sql cells) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    parent CONSTANT regclass := %L::regclass;
                    piece record;
                    part text;
                    made regclass;
                    attempt integer;
                    counted bigint;
                BEGIN
                    SELECT count(*) INTO counted FROM (%s) AS cell;
                    IF counted > %s THEN
                        RAISE EXCEPTION 'rows of %% need %% partitions; %s are possible', %L, counted
                            USING ERRCODE = 'TM172', HINT = 'Correct or delete rows that lie by themselves, then run the same change again; or take it back, and set a longer interval.';
                    END IF;
                    FOR piece IN
                        SELECT cell.beginning, coalesce(quote_literal(lower(free.range)::text), 'MINVALUE') AS low, coalesce(quote_literal(upper(free.range)::text), 'MAXVALUE') AS high
                          FROM (%s) AS cell
                         CROSS JOIN LATERAL unnest(%s(%s(cell.low, cell.high))
                               - coalesce((SELECT range_agg(taken.range) FROM (%s UNION ALL %s) AS taken WHERE taken.range && %s(cell.low, cell.high)), '{}')) AS free(range)
                         ORDER BY cell.beginning, free.range
                    LOOP
                        attempt := 1;
                        LOOP
                            part := %s;
                            EXIT WHEN to_regclass(format('%%I.%%I', %L, part)) IS NULL;
                            attempt := attempt + 1;
                        END LOOP;
                        EXECUTE format('CREATE %sTABLE %%I.%%I PARTITION OF %%s FOR VALUES FROM (%%s) TO (%%s)', %L, part, parent, piece.low, piece.high);
                        made := to_regclass(format('%%I.%%I', %L, part));
                        EXECUTE format('ALTER TABLE %%s OWNER TO %%I', made, %L);
                        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %s CHECK (%%s)', made, pg_get_partition_constraintdef(made));
                %s
                    END LOOP;
                END
                $tidemark$""",
                copy.quoted(),
                cells,
                Partitioning.MOST_AHEAD,
                Partitioning.MOST_AHEAD,
                part.toString(),
                cells,
                multirangeType(),
                rangeType(),
                ranges(whole),
                ranges(copy),
                rangeType(),
                name.expression(),
                whole.schema(),
                new Sql(definition.persistence() == Persistence.UNLOGGED ? "UNLOGGED " : ""),
                whole.schema(),
                whole.schema(),
                definition.owner(),
                new Sql(BOUND),
                options());
    }

    private Sql options() {
        return Sql.join(
                "\n",
                Stream.concat(
                                definition.options().stream(),
                                Stream.of(Autovacuum.OFF).filter(off -> Autovacuum.isKeptAway(definition)))
                        .map(o -> Sql.of("        EXECUTE format('ALTER TABLE %%s SET (%%s)', made, %L);", o))
                        .toList());
    }

    /** What no calendar has a line for: infinite times, and days that no timestamp reaches, such as the last one that a date can be. */
    Sql beyond(Sql value) {
        return switch (type) {
            case DATE -> Sql.of("(NOT isfinite(%s) OR %s > date '294275-12-31')", value, value);
            case TIMESTAMP, TIMESTAMPTZ -> Sql.of("NOT isfinite(%s)", value);
            case BIGINT, INTEGER, SMALLINT -> new Sql("false");
        };
    }

    private Sql inReach(String word, Sql value) {
        return type.isInteger() ? new Sql("") : Sql.of(" %s NOT %s", new Sql(word), beyond(value));
    }

    /** Where there are rows. Infinite times have a place in a DEFAULT partition only. */
    private Sql rows(Sql values) {
        return Sql.of(
                "SELECT d.beginning, %s AS low, %s AS high FROM (SELECT DISTINCT %s AS beginning FROM (%s) AS v CROSS JOIN LATERAL (SELECT %s AS line) AS f WHERE v.value IS NOT NULL%s) AS d",
                calendar.value(new Sql("d.beginning")),
                calendar.value(calendar.next(new Sql("d.beginning"))),
                calendar.beginning(new Sql("f.line"), new Sql("v.value")),
                values,
                floor(calendar.line(new Sql("v.value"))),
                inReach("AND", new Sql("v.value")));
    }

    /** From one end of the partition to the other; where it has none, from the oldest or to the newest row. */
    private Sql within() {
        Range ends = range.orElseThrow();
        Sql first = ends.lower().isFinite() ? calendar.line(type.literal(ends.lower())) : new Sql("b.first");
        // The upper end is outside: where it is a line itself, the last piece ends there.
        Sql last = ends.upper().isFinite()
                ? Sql.of(
                        "(SELECT CASE WHEN %s = u.line THEN %s ELSE u.line END FROM (SELECT %s AS line) AS u)",
                        floor(new Sql("u.line")),
                        calendar.before(new Sql("u.line")),
                        calendar.line(type.literal(ends.upper())))
                : new Sql("b.last");
        return Sql.of(
                """
                SELECT g.beginning, CASE WHEN g.beginning = e.first THEN %s ELSE %s END AS low, CASE WHEN g.beginning = e.last THEN %s ELSE %s END AS high
                          FROM (SELECT %s AS first, %s AS last
                                  FROM (SELECT %s AS first, %s AS last FROM (SELECT min(s.%I) AS low, max(s.%I) AS high FROM %I AS s%s) AS r) AS b) AS e
                         CROSS JOIN LATERAL generate_series(e.first, e.last, %s) AS g(beginning)""",
                end(ends.lower()),
                calendar.value(new Sql("g.beginning")),
                end(ends.upper()),
                calendar.value(calendar.next(new Sql("g.beginning"))),
                floor(first),
                floor(last),
                calendar.line(new Sql("r.low")),
                calendar.line(new Sql("r.high")),
                column,
                column,
                part,
                inReach("WHERE", Sql.of("s.%I", column)),
                calendar.step());
    }

    private Sql end(Bound bound) {
        return bound.isFinite() ? Sql.of("%s::%s", type.literal(bound), counted()) : Sql.of("NULL::%s", counted());
    }

    private Sql floor(Sql line) {
        return calendar.floor(line, anchor.map(a -> calendar.line(type.literal(a))));
    }

    /** The type that ranges are of: smallint has none. */
    private Sql counted() {
        return type == TimeType.SMALLINT ? TimeType.INTEGER.cast() : type.cast();
    }

    private Sql rangeType() {
        return new Sql(
                switch (type) {
                    case TIMESTAMPTZ -> "tstzrange";
                    case TIMESTAMP -> "tsrange";
                    case DATE -> "daterange";
                    case BIGINT -> "int8range";
                    case INTEGER, SMALLINT -> "int4range";
                });
    }

    private Sql multirangeType() {
        return new Sql(rangeType().text().replace("range", "multirange"));
    }
}
