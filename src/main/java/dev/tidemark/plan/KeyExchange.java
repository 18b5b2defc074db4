package dev.tidemark.plan;

import dev.tidemark.plan.Action.BuildIndexes;
import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives a table that becomes a partition the primary key that its parent has, with the time column besides, and gives it its own back: the index is
 * built beside the application, so that the exchange is catalog work.
 */
final class KeyExchange {
    private static final Pattern PARAMETERS = Pattern.compile(" WITH \\([^)]*\\)");

    private final CopySubject subject;

    KeyExchange(CopySubject subject) {
        this.subject = subject;
    }

    /** The extended keys as they will be. */
    private List<Index> keys() {
        return subject.table().indexes().stream()
                .filter(index -> subject.extendedKeys().contains(index.name()))
                .toList();
    }

    static BuildIndexes build(List<CopySubject> subjects) {
        return all(subjects, true, List.of());
    }

    /** For the way back: of history partitions, which are made again where somebody has dropped them. */
    static BuildIndexes buildBack(List<CopySubject> subjects) {
        return all(
                subjects,
                false,
                subjects.stream().map(s -> new HistoryPartition(s).revive()).toList());
    }

    private static BuildIndexes all(List<CopySubject> subjects, boolean extended, List<Sql> first) {
        List<Sql> prepare = new ArrayList<>(first);
        List<Sql> build = new ArrayList<>();
        for (CopySubject subject : subjects) {
            KeyExchange exchange = new KeyExchange(subject);
            for (Index key : exchange.keys()) {
                TableName name = subject.name().sibling(extended ? exchange.extended(key) : exchange.original(key));
                prepare.add(drop(name, " AND NOT i.indisvalid"));
                build.add(Sql.of(
                        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS %I ON %I (%I)%s%s",
                        name.name(),
                        extended ? subject.name() : subject.retired(),
                        extended ? key.keyColumns() : exchange.columns(key),
                        parameters(key),
                        key.tablespace() == null ? new Sql("") : Sql.of(" TABLESPACE %I", key.tablespace())));
            }
        }
        return new BuildIndexes(prepare, build);
    }

    /** Drops what was built, where it is no key. */
    List<Sql> drop() {
        return keys().stream()
                .map(key -> drop(subject.name().sibling(extended(key)), ""))
                .toList();
    }

    private static Sql drop(TableName index, String condition) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM pg_index AS i WHERE i.indexrelid = to_regclass(%L)%s
                                  AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)) THEN
                        DROP INDEX %I;
                    END IF;
                END
                $tidemark$""",
                index.quoted(), new Sql(condition), index);
    }

    /** Under the table's own name: its key goes, the longer one, with the name for a retired table's, takes its place. */
    List<Sql> exchange() {
        return keys().stream()
                .flatMap(key -> exchanged(key, subject.name(), key.name(), extended(key)).stream())
                .toList();
    }

    /** Of a table that is made as the history partition, its longer keys. */
    List<Sql> keysOfHistory() {
        return keys().stream()
                .map(key -> Sql.of(
                        "ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (%I)%s",
                        subject.retired(), extended(key), key.keyColumns(), timing(key)))
                .toList();
    }

    /** Under its name as a partition: the other way round. */
    List<Sql> exchangeBack() {
        return keys().stream()
                .flatMap(key -> exchanged(key, subject.retired(), extended(key), original(key)).stream())
                .toList();
    }

    private List<Sql> exchanged(Index key, TableName table, String former, String index) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                "ALTER TABLE %I DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I%s",
                table, former, extended(key), index, timing(key)));
        if (key.replicaIdentity()) {
            sql.add(Sql.of("ALTER TABLE %I REPLICA IDENTITY USING INDEX %I", table, extended(key)));
        }
        return sql;
    }

    /** When it is checked: {@code DEFERRABLE …}, as its constraint says. */
    private Sql timing(Index key) {
        return subject.table()
                .constraintOf(key)
                .map(constraint -> constraint.definition().text())
                .map(text -> new Sql(text.substring(text.lastIndexOf(')') + 1)))
                .orElse(new Sql(""));
    }

    /** Storage parameters of its index. */
    private static Sql parameters(Index key) {
        Matcher matcher = PARAMETERS.matcher(key.definition().text());
        return new Sql(matcher.find() ? matcher.group() : "");
    }

    /** Under its own name again: the key gets its name and its comment. */
    List<Sql> nameBack() {
        List<Sql> sql = new ArrayList<>();
        for (Index key : keys()) {
            sql.add(Sql.of("ALTER INDEX %I RENAME TO %I", subject.name().sibling(extended(key)), key.name()));
            if (key.clustered()) {
                sql.add(Sql.of("ALTER TABLE %I CLUSTER ON %I", subject.name(), key.name()));
            }
            if (key.comment() != null) {
                sql.add(Sql.of("COMMENT ON INDEX %I IS %L", subject.name().sibling(key.name()), key.comment()));
            }
            subject.table()
                    .constraintOf(key)
                    .filter(constraint -> constraint.comment() != null)
                    .ifPresent(constraint -> sql.add(Sql.of(
                            "COMMENT ON CONSTRAINT %I ON %I IS %L",
                            key.name(), subject.name(), java.util.Objects.requireNonNull(constraint.comment()))));
        }
        return sql;
    }

    /** The name of the longer key of the table as a partition. */
    private String extended(Index key) {
        return subject.subject().retiredNameOf(key.name());
    }

    /** The name of the index of the shorter key until it is one; the new table's index had it until the cutover. */
    private String original(Index key) {
        return subject.copyNameOf(key.name());
    }

    private List<String> columns(Index key) {
        return key.keyColumns().subList(0, key.keyColumns().size() - 1);
    }
}
