package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Native partitions by time, each loaded bare and indexed by itself: a day's index is sorted in memory, and workers never wait for each other. */
final class PartitionsCopy implements CopyTarget {
    /** PostgreSQL shortens whichever is longer, the partition's name or the columns', so it leaves so much of the partition's alone. */
    private static final int KEPT_WHOLE = 28;
    /** Room for the number that a name gets which something else has already. */
    private static final int SPARE = 3;

    @Override
    public List<Sql> create(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(CopyTarget.twin(subject).partitioned());
        // Rows of any earlier time that come after the cutover have a place; until then nothing is in it.
        subject.rest().ifPresent(rest -> {
            sql.add(Sql.of(
                    "CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (MINVALUE) TO (%s)",
                    rest.before(), subject.copy(), new Sql(rest.boundary().value())));
            sql.add(Sql.of(
                    "ALTER TABLE %I OWNER TO %I", rest.before(), subject.table().owner()));
        });
        sql.addAll(makeRoom(subject));
        if (subject.partitioning().defaultPartition()) {
            sql.add(defaultPartition(subject));
        }
        return sql;
    }

    /** For rows that fit nowhere. */
    static Sql defaultPartition(CopySubject subject) {
        return Sql.of(
                "CREATE TABLE %I PARTITION OF %I DEFAULT",
                subject.name().sibling(RetiredNames.fitted(subject.name().name(), "_default")), subject.copy());
    }

    @Override
    public List<Sql> makeRoom(CopySubject subject) {
        return List.of(new PartitionGrid(subject).create());
    }

    @Override
    public Slices indexes(CopySubject subject) {
        List<Sql> templates = new ArrayList<>();
        for (Index index : subject.table().indexes()) {
            templates.add(leafIndex(subject, index, templates.size()));
        }
        Sql parts = Sql.of(
                """
                SELECT string_agg(format(t.template, format('%%I.%%I', n.nspname, c.relname),
                                   -- Two workers at once would cut two long names to the same one.
                                   CASE WHEN octet_length(c.relname) > %s AND octet_length(c.relname) + t.added > %s
                                        THEN t.word || quote_ident(left(c.relname, CASE WHEN octet_length(c.relname) = length(c.relname) THEN 40 ELSE 10 END) || '_' || c.oid || '_' || t.number) ELSE '' END),
                                  '; ' ORDER BY t.number) AS part, NULL::text AS lower, NULL::text AS upper,
                       1 + pg_relation_size(c.oid) AS weight
                  FROM pg_partition_tree(%L::regclass) AS p
                  JOIN pg_class AS c ON c.oid = p.relid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 CROSS JOIN (VALUES %s) AS t(template, word, added, number)
                 WHERE p.isleaf
                 GROUP BY c.oid
                 ORDER BY pg_relation_size(c.oid) DESC""",
                KEPT_WHOLE,
                TableName.MAX_IDENTIFIER_BYTES - SPARE,
                subject.copy().quoted(),
                Sql.join(", ", templates));
        return templates.isEmpty()
                ? Slices.of(List.of())
                : new Slices(Slices.Unit.WHOLE, parts, SliceWork.of(SliceWork.PART), Optional.empty());
    }

    /** A {@code format()} template that takes the leaf and a name or nothing, the word before the name, and how much longer than the leaf's the usual name is. */
    private static Sql leafIndex(CopySubject subject, Index index, int number) {
        Optional<Constraint> constraint = subject.table().constraintOf(index);
        String definition = constraint
                .map(c -> c.definition().text())
                .orElse(index.definition().text())
                .replace("%", "%%");
        boolean key =
                constraint.filter(c -> c.kind() == Constraint.Kind.PRIMARY_KEY).isPresent();
        return Sql.of(
                "(%L, %L, %s, %s)",
                constraint.isPresent()
                        ? "ALTER TABLE %1$s ADD %2$s " + definition
                        : "CREATE " + (index.unique() ? "UNIQUE " : "") + "INDEX %2$s ON %1$s " + definition,
                constraint.isPresent() ? "CONSTRAINT " : "",
                key
                        ? "_pkey".length()
                        : "__excl".length()
                                + String.join("_", index.keyColumns()).getBytes(StandardCharsets.UTF_8).length,
                number);
    }

    @Override
    public List<Sql> joinIndexes(CopySubject subject) {
        return CopyTarget.twin(subject).indexes();
    }
}
