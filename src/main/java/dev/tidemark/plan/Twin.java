package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Grant;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.schema.StatisticsObject;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.Trigger;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the empty successor of a table: everything about it that is not storage.
 *
 * <p>Where it bears the table's own name, PostgreSQL's own definitions are used as they were printed; that concerns triggers and statistics.
 */
final class Twin {
    private final Subject subject;
    private final Table table;
    private final TableName name;
    private final TableName like;
    private final UnaryOperator<String> indexName;

    /** Under the table's own name, which the retired table has given away. */
    Twin(Subject subject) {
        this(subject, subject.name(), subject.retired(), index -> index);
    }

    /** Under a name of its own, with indexes of other names, while the table still has its own. */
    Twin(Subject subject, TableName name, UnaryOperator<String> indexName) {
        this(subject, name, subject.name(), indexName);
    }

    private Twin(Subject subject, TableName name, TableName like, UnaryOperator<String> indexName) {
        this.subject = subject;
        this.table = subject.table();
        this.name = name;
        this.like = like;
        this.indexName = indexName;
    }

    /** Creates it: columns, defaults, CHECK constraints, indexes and keys, owner, statistics. */
    List<Sql> create() {
        List<Sql> sql = new ArrayList<>(bare());
        sql.addAll(indexes());
        sql.addAll(indexComments());
        sql.addAll(statistics());
        addReplicaIdentity(sql);
        return sql;
    }

    /** Creates it without what slows loading down or is named in the schema. */
    List<Sql> bare() {
        List<Sql> sql = shell(new Sql(""));
        for (String option : table.options()) {
            sql.add(Sql.of("ALTER TABLE %I SET (%s)", name, new Definition(option)));
        }
        return sql;
    }

    /** The same, partitioned by its time; its storage parameters are its partitions'. */
    List<Sql> partitioned() {
        return shell(Sql.of(" PARTITION BY RANGE (%I)", subject.timeColumnName()));
    }

    private List<Sql> shell(Sql partitioning) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                "CREATE %sTABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)%s",
                new Sql(table.persistence() == dev.tidemark.schema.Persistence.UNLOGGED ? "UNLOGGED " : ""),
                name,
                like,
                partitioning));
        if (subject.isHeap()) {
            // The range of the one chunk must not become the range of the whole table.
            sql.add(Sql.of("ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I", name, ChunkStorage.BOUND));
        }
        sql.add(revokeDefaultPrivileges(name));
        sql.add(Sql.of("ALTER TABLE %I OWNER TO %I", name, table.owner()));
        if (table.tablespace() != null) {
            sql.add(Sql.of("ALTER TABLE %I SET TABLESPACE %I", name, table.tablespace()));
        }
        if (!subject.timeColumn().notNull()) {
            sql.add(Sql.of("ALTER TABLE %I ALTER COLUMN %I SET NOT NULL", name, subject.timeColumnName()));
        }
        table.columns().forEach(column -> addColumnSettings(sql, column));
        comment(sql, Sql.of("TABLE %I", name), table.comment());
        return sql;
    }

    /** Its keys and indexes, one statement each. */
    List<Sql> indexes() {
        return indexes(index -> true);
    }

    /** Some of its keys and indexes. */
    List<Sql> indexes(Predicate<Index> wanted) {
        return table.indexes().stream().filter(wanted).map(this::index).toList();
    }

    /** Comments on them. */
    List<Sql> indexComments() {
        List<Sql> sql = new ArrayList<>();
        table.indexes().forEach(index -> commentIndex(sql, index));
        return sql;
    }

    /** How its columns' values are counted by ANALYZE. */
    List<Sql> columnSettings() {
        List<Sql> sql = new ArrayList<>();
        table.columns().forEach(column -> addColumnSettings(sql, column));
        return sql;
    }

    /** Its statistics objects; only under the table's own name. */
    List<Sql> statistics() {
        List<Sql> sql = new ArrayList<>();
        table.statistics().forEach(statistics -> addStatistics(sql, statistics));
        return sql;
    }

    /** Its replica identity, once it has its indexes. */
    List<Sql> replicaIdentity() {
        List<Sql> sql = new ArrayList<>();
        addReplicaIdentity(sql);
        return sql;
    }

    /** Foreign keys to tables that stay as they are, under their own names, so that chunks bring theirs along. */
    List<Sql> foreignKeys(List<ForeignKey> kept) {
        List<Sql> sql = new ArrayList<>();
        for (ForeignKey key : kept) {
            sql.add(Sql.of("ALTER TABLE %I ADD CONSTRAINT %I %s", name, key.name(), key.definition()));
            comment(sql, Sql.of("CONSTRAINT %I ON %I", key.name(), name), key.comment());
        }
        return sql;
    }

    /** Its triggers, each in its state. */
    List<Sql> triggers() {
        List<Sql> sql = new ArrayList<>();
        for (Trigger trigger : table.triggers()) {
            sql.add(new Sql(trigger.definition().text()));
            if (!trigger.enabled().equals("O")) {
                sql.add(Sql.of("ALTER TABLE %I %s TRIGGER %I", name, triggerState(trigger), trigger.name()));
            }
            comment(sql, Sql.of("TRIGGER %I ON %I", trigger.name(), name), trigger.comment());
        }
        return sql;
    }

    /** Privileges and row security, which must be there before the first chunk, because chunks take them over. */
    List<Sql> behaviour() {
        List<Sql> sql = new ArrayList<>();
        RowSecurity security = table.security();
        for (RowSecurity.Policy policy : security.policies()) {
            sql.add(Sql.of("CREATE POLICY %I ON %I %s", policy.name(), name, policy.definition()));
            comment(sql, Sql.of("POLICY %I ON %I", policy.name(), name), policy.comment());
        }
        if (security.enabled()) {
            sql.add(Sql.of("ALTER TABLE %I ENABLE ROW LEVEL SECURITY", name));
        }
        if (security.forced()) {
            sql.add(Sql.of("ALTER TABLE %I FORCE ROW LEVEL SECURITY", name));
        }
        table.grants().forEach(grant -> sql.add(grant(grant, Optional.empty())));
        for (Column column : table.columns()) {
            column.grants().forEach(grant -> sql.add(grant(grant, Optional.of(column.name()))));
        }
        return sql;
    }

    static Sql triggerState(Trigger trigger) {
        return new Sql(
                switch (trigger.enabled()) {
                    case "D" -> "DISABLE";
                    case "R" -> "ENABLE REPLICA";
                    case "A" -> "ENABLE ALWAYS";
                    default -> "ENABLE";
                });
    }

    private Sql index(Index index) {
        String as = indexName.apply(index.name());
        return table.constraintOf(index)
                .map(constraint -> Sql.of("ALTER TABLE %I ADD CONSTRAINT %I %s", name, as, constraint.definition()))
                .orElseGet(() -> Sql.of(
                        "CREATE %sINDEX %I ON %I %s",
                        new Sql(index.unique() ? "UNIQUE " : ""), as, name, index.definition()));
    }

    private void commentIndex(List<Sql> sql, Index index) {
        String as = indexName.apply(index.name());
        table.constraintOf(index)
                .ifPresent(constraint -> comment(sql, Sql.of("CONSTRAINT %I ON %I", as, name), constraint.comment()));
        comment(sql, Sql.of("INDEX %I", name.sibling(as)), index.comment());
    }

    private void addColumnSettings(List<Sql> sql, Column column) {
        if (column.statisticsTarget() >= 0) {
            sql.add(Sql.of(
                    "ALTER TABLE %I ALTER COLUMN %I SET STATISTICS %s",
                    name, column.name(), column.statisticsTarget()));
        }
        for (String option : column.options()) {
            sql.add(Sql.of("ALTER TABLE %I ALTER COLUMN %I SET (%s)", name, column.name(), new Definition(option)));
        }
    }

    private static void addStatistics(List<Sql> sql, StatisticsObject statistics) {
        sql.add(new Sql(statistics.definition().text()));
        if (statistics.target() >= 0) {
            sql.add(Sql.of("ALTER STATISTICS %I SET STATISTICS %s", statistics.name(), statistics.target()));
        }
        comment(sql, Sql.of("STATISTICS %I", statistics.name()), statistics.comment());
    }

    private void addReplicaIdentity(List<Sql> sql) {
        String index = table.replicaIdentity().index();
        switch (table.replicaIdentity().kind()) {
            case "n" -> sql.add(Sql.of("ALTER TABLE %I REPLICA IDENTITY NOTHING", name));
            case "f" -> sql.add(Sql.of("ALTER TABLE %I REPLICA IDENTITY FULL", name));
            case "i" -> {
                if (index != null) {
                    sql.add(Sql.of("ALTER TABLE %I REPLICA IDENTITY USING INDEX %I", name, indexName.apply(index)));
                }
            }
            default -> {}
        }
    }

    /** Default privileges of the schema were meant for new tables, not for this one. */
    static Sql revokeDefaultPrivileges(TableName name) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    given record;
                BEGIN
                    FOR given IN
                        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                          FROM pg_class AS c, aclexplode(c.relacl) AS a
                         WHERE c.oid = %L::regclass AND a.grantee <> c.relowner
                    LOOP
                        EXECUTE format('REVOKE ALL ON TABLE %%s FROM %%s', %L, given.grantee);
                    END LOOP;
                END
                $tidemark$""",
                name.quoted(), name.quoted());
    }

    private Sql grant(Grant grant, Optional<String> column) {
        return Sql.of(
                "GRANT %s%s ON TABLE %I TO %s%s",
                new Sql(grant.privilege()),
                column.map(c -> Sql.of(" (%I)", c)).orElse(new Sql("")),
                name,
                grant.grantee().isEmpty() ? new Sql("PUBLIC") : Sql.of("%I", grant.grantee()),
                new Sql(grant.grantable() ? " WITH GRANT OPTION" : ""));
    }

    private static void comment(List<Sql> sql, Sql object, @Nullable String comment) {
        if (comment != null) {
            sql.add(Sql.of("COMMENT ON %s IS %L", object, comment));
        }
    }
}
