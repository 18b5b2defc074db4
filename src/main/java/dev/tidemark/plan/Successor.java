package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Trigger;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The empty DEFAULT partition that takes the place of the one that was drained: with its name, and everything that it had for itself. */
final class Successor {
    private final Exchange exchange;
    private final Subject own;

    Successor(Exchange exchange) {
        this.exchange = exchange;
        this.own = exchange.own();
    }

    /** The new DEFAULT partition gets the name of the old one, and everything that it had for itself. */
    List<Sql> statements(TableName name) {
        List<Sql> sql = new ArrayList<>();
        Map<String, String> names = new TreeMap<>();
        exchange.place().indexes().forEach(i -> {
            if (i.parentIndex() != null) {
                names.put(i.parentIndex(), i.index().name());
            }
        });
        sql.add(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    successor regclass;
                    renamed record;
                BEGIN
                    SELECT p.relation INTO STRICT successor FROM (%s) AS p WHERE p.rest;
                    EXECUTE format('ALTER TABLE %%s RENAME TO %%I', successor, %L);
                    FOR renamed IN
                        SELECT i.inhrelid::regclass AS index, n.name
                          FROM pg_index AS x
                          JOIN pg_inherits AS i ON i.inhrelid = x.indexrelid
                          JOIN pg_class AS c ON c.oid = i.inhparent
                          JOIN (VALUES %s) AS n(parent, name) ON n.parent = c.relname
                         WHERE x.indrelid = successor
                    LOOP
                        EXECUTE format('ALTER INDEX %%s RENAME TO %%I', renamed.index, renamed.name);
                    END LOOP;
                    UPDATE %s SET identity = %L WHERE run = %s AND kind = %L AND purpose = successor::oid::text;
                END
                $tidemark$""",
                exchange.pieces(),
                name.name(),
                names.isEmpty()
                        ? new Sql("(NULL, NULL)")
                        : Sql.join(
                                ", ",
                                names.entrySet().stream()
                                        .map(e -> Sql.of("(%L, %L)", e.getKey(), e.getValue()))
                                        .toList()),
                exchange.objects(),
                name.quoted(),
                PieceRecord.RUN,
                Exchange.PIECE));
        sql.addAll(ownThings(name));
        return sql;
    }

    private List<Sql> ownThings(TableName name) {
        Twin twin = new Twin(own);
        List<String> adopted = exchange.place().indexes().stream()
                .filter(i -> i.parentIndex() != null)
                .map(i -> i.index().name())
                .toList();
        List<Sql> sql = new ArrayList<>(
                List.of(Sql.of("ALTER TABLE %I OWNER TO %I", name, own.table().owner())));
        own.table()
                .options()
                .forEach(option -> sql.add(Sql.of("ALTER TABLE %I SET (%s)", name, new Definition(option))));
        own.table().columns().forEach(column -> sql.addAll(column(name, column)));
        sql.addAll(twin.columnSettings());
        sql.addAll(twin.indexes(i -> !adopted.contains(i.name())));
        sql.addAll(twin.indexComments());
        own.table().indexes().forEach(index -> sql.addAll(storage(name, index)));
        own.table().constraints().stream()
                .filter(c -> c.kind() == Constraint.Kind.CHECK && !c.inherited())
                .forEach(c -> {
                    sql.add(Sql.of("ALTER TABLE %I ADD CONSTRAINT %I %s", name, c.name(), c.definition()));
                    sql.addAll(comment(Sql.of("CONSTRAINT %I ON %I", c.name(), name), c.comment()));
                });
        sql.addAll(twin.foreignKeys(own.table().foreignKeys()));
        sql.addAll(twin.replicaIdentity());
        sql.addAll(twin.statistics());
        sql.addAll(twin.behaviour());
        ownTriggers().forEach(trigger -> {
            sql.add(new Sql(trigger.definition().text()));
            sql.add(Sql.of("ALTER TABLE %I %s TRIGGER %I", name, Twin.triggerState(trigger), trigger.name()));
            sql.addAll(comment(Sql.of("TRIGGER %I ON %I", trigger.name(), name), trigger.comment()));
        });
        sql.addAll(triggersOfTable());
        sql.addAll(comment(Sql.of("TABLE %I", name), own.table().comment()));
        own.table()
                .columns()
                .forEach(column -> sql.addAll(comment(Sql.of("COLUMN %I.%I", name, column.name()), column.comment())));
        return sql;
    }

    /** What an index is not told when it is made. It is empty. */
    private static List<Sql> storage(TableName name, Index index) {
        List<Sql> sql = new ArrayList<>();
        if (index.tablespace() != null) {
            sql.add(Sql.of("ALTER INDEX %I SET TABLESPACE %I", name.sibling(index.name()), index.tablespace()));
        }
        if (index.clustered()) {
            sql.add(Sql.of("ALTER TABLE %I CLUSTER ON %I", name, index.name()));
        }
        return sql;
    }

    private static List<Sql> comment(Sql object, @Nullable String comment) {
        return comment == null ? List.of() : List.of(Sql.of("COMMENT ON %s IS %L", object, comment));
    }

    /** Where a column of the partition is not as its table's. */
    private List<Sql> column(TableName name, Column column) {
        Column inherited = exchange.whole().table().column(column.name()).orElse(column);
        List<Sql> sql = new ArrayList<>();
        if (column.notNull() && !inherited.notNull()) {
            sql.add(Sql.of("ALTER TABLE %I ALTER COLUMN %I SET NOT NULL", name, column.name()));
        }
        if (!column.defaultValue().equals(inherited.defaultValue())
                && inherited.generated().isEmpty()) {
            sql.add(Sql.of(
                    "ALTER TABLE %I ALTER COLUMN %I %s",
                    name,
                    column.name(),
                    column.defaultValue()
                            .map(value -> Sql.of("SET DEFAULT %s", value))
                            .orElse(new Sql("DROP DEFAULT"))));
        }
        if (!column.storage().equals(inherited.storage())) {
            sql.add(Sql.of(
                    "ALTER TABLE %I ALTER COLUMN %I SET STORAGE %s",
                    name,
                    column.name(),
                    new Sql(
                            switch (column.storage()) {
                                case "p" -> "PLAIN";
                                case "e" -> "EXTERNAL";
                                case "m" -> "MAIN";
                                default -> "EXTENDED";
                            })));
        }
        if (!column.compression().equals(inherited.compression())) {
            sql.add(Sql.of(
                    "ALTER TABLE %I ALTER COLUMN %I SET COMPRESSION %s",
                    name,
                    column.name(),
                    new Sql(
                            switch (column.compression()) {
                                case "l" -> "lz4";
                                case "p" -> "pglz";
                                default -> "default";
                            })));
        }
        return sql;
    }

    /** Triggers that it has from its table, where they are in another state than the table's: coming to the table gave them that. */
    List<Sql> triggersOfTable() {
        return own.table().triggers().stream()
                .filter(trigger -> exchange.whole().table().triggers().stream()
                        .anyMatch(t -> t.row()
                                && t.name().equals(trigger.name())
                                && !t.enabled().equals(trigger.enabled())))
                .map(trigger ->
                        Sql.of("ALTER TABLE %I %s TRIGGER %I", own.name(), Twin.triggerState(trigger), trigger.name()))
                .toList();
    }

    private List<Trigger> ownTriggers() {
        List<String> cloned = exchange.whole().table().triggers().stream()
                .filter(Trigger::row)
                .map(Trigger::name)
                .toList();
        return own.table().triggers().stream()
                .filter(t -> !cloned.contains(t.name()))
                .toList();
    }
}
