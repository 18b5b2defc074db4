package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.schema.StatisticsObject;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Statements of an exchange that are about the new partitions and the one that was exchanged, whatever they are by then. */
final class PieceStatements {
    private final Exchange exchange;
    private final PartBounds bounds;
    private final Sql objects;

    PieceStatements(Exchange exchange) {
        this.exchange = exchange;
        this.bounds = new PartBounds(exchange);
        this.objects = exchange.objects();
    }

    /** The pieces become partitions, DEFAULT last: it must not hold what has a partition. */
    List<Sql> attach() {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    filled boolean;
                BEGIN
                    FOR piece IN %s
                    LOOP
                        EXECUTE format('SELECT EXISTS (SELECT FROM %%s)', piece.relation) INTO filled;
                        IF filled THEN
                            RAISE EXCEPTION 'partition %% of %% has just been made', piece.other, %L USING ERRCODE = 'TM409';
                        END IF;
                        EXECUTE format('DROP TABLE %%s', piece.relation);
                    END LOOP;
                    FOR piece IN
                        SELECT c.oid, c.oid::regclass AS relation, pg_get_expr(c.relpartbound, c.oid) AS bound
                          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                         WHERE i.inhparent = %L::regclass
                         ORDER BY pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', c.oid
                    LOOP
                        EXECUTE format('ALTER TABLE %%s DETACH PARTITION %%s', %L, piece.relation);
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s %%s', %L, piece.relation, piece.bound);
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %s', piece.relation);
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, piece.relation::text, piece.oid::text);
                    END LOOP;
                END
                $tidemark$""",
                exchange.grid().overlapping(),
                exchange.table().quoted(),
                exchange.copied().copy().quoted(),
                exchange.copied().copy().quoted(),
                exchange.table().quoted(),
                new Sql(PieceGrid.BOUND),
                objects,
                PieceRecord.RUN,
                Exchange.PIECE));
        sql.add(Sql.of("DROP TABLE %I", exchange.copied().copy()));
        exchange.rest().ifPresent(name -> sql.addAll(new Successor(exchange).statements(name)));
        return sql;
    }

    /** In the journal: what the way back needs. */
    List<Sql> remember() {
        return List.of(
                Sql.of(
                        "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, 'retired table', %L, %L), (%s, %L, %L, %L)",
                        objects,
                        PieceRecord.RUN,
                        exchange.retired().quoted(),
                        "the way back of " + exchange.table(),
                        PieceRecord.RUN,
                        Exchange.PART,
                        exchange.part().quoted(),
                        bounds.text()),
                CutoverTime.now(exchange.whole()));
    }

    List<Sql> forget() {
        return List.of(
                Sql.of(
                        "DELETE FROM %s WHERE run = %s AND kind IN ('retired table', %L, %L)",
                        objects, PieceRecord.RUN, Exchange.PART, Exchange.PIECE),
                CutoverTime.none(exchange.whole()));
    }

    /** All rows of the new partitions, for as long as somebody looks at them. */
    Sql view() {
        return view(exchange.view(), exchange.table(), exchange.pieces());
    }

    /** With the columns that the table has by then. */
    static Sql view(TableName view, TableName table, Sql pieces) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    names text;
                BEGIN
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names
                      FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND NOT attisdropped;
                    DROP VIEW IF EXISTS %I;
                    EXECUTE 'CREATE VIEW ' || %L || ' AS '
                        || coalesce((SELECT string_agg(format('SELECT %%s FROM ONLY %%s', names, p.relation), ' UNION ALL ' ORDER BY p.oid) FROM (%s) AS p),
                                    format('SELECT %%s FROM %%s WHERE false', names, %L));
                END
                $tidemark$""",
                table.quoted(), view, view.quoted(), pieces, table.quoted());
    }

    /** For the window of the way back. */
    Sql lock(Collection<TableName> children, Collection<TableName> parents) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    %s
                    LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE;
                    EXECUTE coalesce((SELECT 'LOCK TABLE ' || string_agg(p.relation::text, ', ' ORDER BY p.oid) || ' IN ACCESS EXCLUSIVE MODE' FROM (%s) AS p), '');
                    LOCK TABLE %I IN ACCESS EXCLUSIVE MODE;
                    %s
                END
                $tidemark$""",
                lockPresent(children), exchange.table(), exchange.pieces(), exchange.retired(), lockPresent(parents));
    }

    private static Sql lockPresent(Collection<TableName> tables) {
        return tables.isEmpty()
                ? new Sql("")
                : Sql.of(
                        """
                        EXECUTE coalesce((SELECT 'LOCK TABLE ' || string_agg(to_regclass(t.name)::text, ', ' ORDER BY t.number) || ' IN ACCESS EXCLUSIVE MODE'
                                   FROM unnest(ARRAY[%s]) WITH ORDINALITY AS t(name, number) WHERE to_regclass(t.name) IS NOT NULL), '');""",
                        Sql.join(
                                ", ",
                                new TreeSet<>(tables)
                                        .stream()
                                                .map(t -> Sql.of("%L", t.quoted()))
                                                .toList()));
    }

    /** The new partitions go. */
    List<Sql> drop() {
        return List.of(
                Sql.of("DROP VIEW IF EXISTS %I", exchange.view()),
                Sql.of(
                        """
                        DO $tidemark$
                        DECLARE
                            piece record;
                        BEGIN
                            FOR piece IN %s
                            LOOP
                                EXECUTE format('DROP TABLE %%s', piece.relation);
                            END LOOP;
                        END
                        $tidemark$""",
                        exchange.pieces()));
    }

    /** The exchanged partition gets its names again, and its place. */
    List<Sql> attachRetired() {
        Subject own = exchange.own();
        TableName name = own.name();
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of("ALTER TABLE %I RENAME TO %I", own.retired(), name.name()));
        for (Index index : own.table().indexes()) {
            sql.add(Sql.of(
                    "ALTER INDEX IF EXISTS %I RENAME TO %I",
                    name.sibling(own.retiredNameOf(index.name())), index.name()));
        }
        for (StatisticsObject statistics : own.table().statistics()) {
            TableName present = statistics.name();
            sql.add(Sql.of(
                    "ALTER STATISTICS %I RENAME TO %I",
                    present.sibling(own.retiredNameOf(present.name())), present.name()));
        }
        for (OwnedSequence sequence : own.table().sequences()) {
            if (sequence.identity()) {
                sql.add(Sql.of(
                        "ALTER SEQUENCE %I RENAME TO %I",
                        sequence.name()
                                .sibling(own.retiredNameOf(sequence.name().name())),
                        sequence.name().name()));
            }
        }
        sql.add(Sql.of("ALTER TABLE %I ATTACH PARTITION %I %s", exchange.table(), name, new Sql(bounds.text())));
        sql.add(Sql.of("ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I", name, PieceGrid.BOUND));
        sql.addAll(new Successor(exchange).triggersOfTable());
        return sql;
    }

    /** What would be lost with the new partitions, as {@link WayBackCheck} asks. */
    Sql dependents() {
        return Sql.of(
                """
                SELECT 'TM502', format('%%s depends on partition %%s, which goes', pg_describe_object(d.classid, d.objid, 0), p.relation),
                               'Drop it, or let it use the table itself.'
                          FROM (%s) AS p
                          JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.oid AND d.deptype = 'n'
                          LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
                          LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
                         WHERE w.ev_class <> coalesce(to_regclass(%L), 0) OR k.confrelid = p.oid AND k.conparentid = 0 OR d.classid = 'pg_proc'::regclass
                        UNION ALL
                        SELECT 'TM502', format('foreign key %%I of %%s has come to point to %%s, whose new partitions go', k.conname, k.conrelid::regclass, k.confrelid::regclass),
                               format('ALTER TABLE %%s DROP CONSTRAINT %%I; and add it again afterwards: %%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
                          FROM pg_constraint AS k
                         WHERE k.contype = 'f' AND k.confrelid = %L::regclass AND k.conparentid = 0 AND k.conname <> ALL (ARRAY[%s]::text[])""",
                exchange.pieces(),
                exchange.view().quoted(),
                exchange.table().quoted(),
                Sql.join(
                        ", ",
                        exchange.whole().table().referencedBy().stream()
                                .map(key -> Sql.of("%L", key.name()))
                                .toList()));
    }
}
