package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Trigger;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Queries that list the storage of a table at the moment they run.
 *
 * <p>Asked of the catalog and not written down in the plan, because partitions come while a conversion prepares itself: pg_partman makes
 * tomorrow's, and rows of DEFAULT are copied where partitions were missing.
 */
final class PieceList {
    private PieceList() {}

    /**
     * {@code part, parent, lower, upper, lower_text, upper_text, attached, future, copied} of every piece that becomes a chunk: names quoted, bounds as
     * positions and as the text of the partition's own bounds. A piece is attached where it is, or on the way back becomes, a partition; copied
     * where it has rows of a DEFAULT partition. A piece is future where it begins more than an interval from now: one that
     * rows are about to reach becomes a chunk even while it is empty, because a transaction with an older snapshot can write into a chunk that
     * exists but TimescaleDB cannot make one for it (P0002). On the way back to a hypertable it counts as future, too, where it ended as long ago.
     *
     * @param top the partitioned table under its name at that time; a plain table itself
     */
    static Sql of(Subject subject, TableName top) {
        List<Sql> lists = new ArrayList<>();
        if (!subject.isHeap()) {
            lists.add(leaves(subject, top));
        }
        List<Partition> loose = subject.table()
                .layout()
                .match(
                        h -> List.of(h.storage()),
                        p -> subject.includesDetached() ? p.detached() : List.<Partition>of(),
                        h -> List.<Partition>of());
        for (Partition partition : loose) {
            Range range = subject.heapRange().orElse(partition.range());
            lists.add(Sql.of(
                    "SELECT %L, NULL, %s, %s, %L, %L, false, false, false",
                    (subject.isHeap() ? top : partition.name()).quoted(),
                    position(range.lower()),
                    position(range.upper()),
                    range.lower().text(),
                    range.upper().text()));
        }
        for (Partition partition : subject.defaults()) {
            lists.add(copies(subject, partition));
        }
        return Sql.of(
                "(%s) AS v(part, parent, lower, upper, lower_text, upper_text, attached, future, copied)",
                Sql.join("\n UNION ALL ", lists));
    }

    private static Sql leaves(Subject subject, TableName top) {
        long width = subject.timeType()
                .length(subject.chunkInterval(), subject.target().epoch());
        return Sql.of(
                """
                SELECT format('%%I.%%I', n.nspname, c.relname), format('%%I.%%I', pn.nspname, pc.relname), b.lower,
                       CASE b.upper WHEN 9223372036854775807 THEN %s ELSE b.upper END, b.bounds[1], b.bounds[2], true, b.lower > %s + %s%s, false
                  FROM pg_partition_tree(%L::regclass) AS t
                  JOIN pg_class AS c ON c.oid = t.relid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                  JOIN pg_class AS pc ON pc.oid = t.parentrelid
                  JOIN pg_namespace AS pn ON pn.oid = pc.relnamespace
                 CROSS JOIN LATERAL (%s) AS b
                 WHERE t.isleaf AND c.relkind = 'r' AND b.bounds IS NOT NULL""",
                position(subject.finiteUpper(Bound.MAXVALUE)),
                now(subject),
                width,
                // Where rows have come late a hypertable makes a chunk when one comes again.
                subject.isHypertable() ? Sql.of(" OR b.upper < %s - %s", now(subject), width) : new Sql(""),
                top.quoted(),
                bounds(subject.timeType(), "c"));
    }

    /** Copies of the rows of a DEFAULT partition: on the way back they become its siblings. */
    private static Sql copies(Subject subject, Partition partition) {
        return Sql.of(
                """
                SELECT c.relation, format('%%I.%%I', pn.nspname, pc.relname), c.lower, c.upper, c.lower_text, c.upper_text, true, false, true
                  FROM %s AS c
                  JOIN pg_inherits AS i ON i.inhrelid = to_regclass(c.source)
                  JOIN pg_class AS pc ON pc.oid = i.inhparent
                  JOIN pg_namespace AS pn ON pn.oid = pc.relnamespace
                 WHERE c.source = %L""",
                DefaultCopies.copies(subject), partition.name().quoted());
    }

    /** {@code bounds, lower, upper} of the partition {@code pg_class} row {@code alias}; bounds NULL for DEFAULT and for other than RANGE. */
    static Sql bounds(TimeType type, String alias) {
        return Sql.of(
                """
                SELECT e.bounds,
                       CASE e.bounds[1] WHEN 'MINVALUE' THEN '-9223372036854775808'::bigint ELSE %s END AS lower,
                       CASE e.bounds[2] WHEN 'MAXVALUE' THEN 9223372036854775807 ELSE %s END AS upper
                  FROM regexp_match(pg_get_expr(%s.relpartbound, %s.oid),
                                    '^FOR VALUES FROM \\(''?([^'')]*)''?\\) TO \\(''?([^'')]*)''?\\)$') AS e(bounds)""",
                type.positionOf(Sql.of("e.bounds[1]::%s", type.cast())),
                type.positionOf(Sql.of("e.bounds[2]::%s", type.cast())),
                new Sql(alias),
                new Sql(alias));
    }

    /** The present moment as a position. */
    private static Sql now(Subject subject) {
        return subject.target()
                .epoch()
                .map(epoch -> Sql.of("(extract(epoch from now()) * %s)::bigint", epoch.perSecond()))
                .orElse(TimeType.TIMESTAMPTZ.positionOf(new Sql("now()")));
    }

    /** The smallest bigint cannot be written as a plain number. */
    private static Sql position(Bound bound) {
        return bound.position() == Long.MIN_VALUE
                ? new Sql("'-9223372036854775808'::bigint")
                : Sql.of("%s::bigint", bound.position());
    }

    /**
     * The table's row triggers as {@code (name, before, after, state)}: CREATE TRIGGER up to the table's name, what follows it, and the word for
     * ALTER TABLE … TRIGGER, NULL if the default.
     */
    static Sql rowTriggers(Subject subject) {
        List<Sql> rows = subject.table().triggers().stream()
                .filter(Trigger::row)
                .map(trigger -> rowTrigger(subject.name(), trigger))
                .toList();
        Sql values = rows.isEmpty()
                ? new Sql("(SELECT NULL::text, NULL::text, NULL::text, NULL::text WHERE false)")
                : Sql.of("(VALUES\n%s\n    )", Sql.join(",\n", rows));
        return Sql.of("%s AS t(name, before, after, state)", values);
    }

    /** The same of {@code target} as they are when it runs. */
    static Sql presentRowTriggers() {
        return new Sql(
                """
                (SELECT t.tgname, left(d.text, strpos(d.text, d.place) + 3), substr(d.text, strpos(d.text, d.place) + length(d.place) - 1),
                                    CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END
                               FROM pg_trigger AS t
                               JOIN pg_proc AS f ON f.oid = t.tgfoid
                               JOIN pg_namespace AS n ON n.oid = f.pronamespace
                              CROSS JOIN LATERAL (SELECT pg_get_triggerdef(t.oid) AS text, ' ON ' || t.tgrelid::regclass || ' ' AS place) AS d
                              WHERE t.tgrelid = target AND NOT t.tgisinternal AND t.tgtype & 1 = 1 AND n.nspname NOT LIKE '\\_timescaledb\\_%')
                             AS t(name, before, after, state)""");
    }

    private static Sql rowTrigger(TableName table, Trigger trigger) {
        String text = trigger.definition().text();
        int on = tablePosition(text, table.quoted(), trigger.name());
        return Sql.of(
                "        (%L, %L, %L, %s)",
                trigger.name(),
                text.substring(0, on),
                text.substring(unquotedSpace(text, on)),
                trigger.enabled().equals("O")
                        ? new Sql("NULL::text")
                        : Sql.of("%L", Twin.triggerState(trigger).text()));
    }

    /** Where the table's name begins in a CREATE TRIGGER statement: after the first ON outside double quotes. */
    private static int tablePosition(String text, String table, String trigger) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '"') {
                quoted = !quoted;
            } else if (!quoted && text.startsWith(" ON ", i)) {
                return i + " ON ".length();
            }
        }
        throw new IllegalStateException("no table in the definition of trigger " + trigger + " on " + table);
    }

    /** The first space outside double quotes. */
    private static int unquotedSpace(String text, int start) {
        boolean quoted = false;
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) == '"') {
                quoted = !quoted;
            } else if (!quoted && text.charAt(i) == ' ') {
                return i;
            }
        }
        return text.length();
    }

    /** {@code pg_get_indexdef} of the {@code pg_index} row {@code alias} without name and table: equal for equal indexes of two tables. */
    static Definition indexTail(String alias) {
        return new Definition(
                """
                (SELECT substr(pg_get_indexdef(x.oid), length(format('CREATE %sINDEX %I ON %s%I.%I ',
                                            CASE WHEN ALIAS.indisunique THEN 'UNIQUE ' ELSE '' END, x.relname,
                                            CASE x.relkind WHEN 'I' THEN 'ONLY ' ELSE '' END, xn.nspname, xt.relname)) + 1)
                               FROM pg_class AS x, pg_class AS xt, pg_namespace AS xn
                              WHERE x.oid = ALIAS.indexrelid AND xt.oid = ALIAS.indrelid AND xn.oid = xt.relnamespace)"""
                        .replace("ALIAS", alias));
    }
}
