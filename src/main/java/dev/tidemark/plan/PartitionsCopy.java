package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Native partitions by time, each loaded bare and indexed by itself: a day's index is sorted in memory, and workers never wait for each other. */
final class PartitionsCopy implements CopyTarget {
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
        List<Sql> templates = subject.table().indexes().stream()
                .map(index -> leafIndex(subject, index))
                .toList();
        Sql parts = Sql.of(
                """
                SELECT string_agg(format(t.template, format('%%I.%%I', n.nspname, c.relname)), '; ' ORDER BY t.number) AS part, NULL::text AS lower, NULL::text AS upper,
                       1 + pg_relation_size(c.oid) AS weight
                  FROM pg_partition_tree(%L::regclass) AS p
                  JOIN pg_class AS c ON c.oid = p.relid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 CROSS JOIN (VALUES %s) AS t(template, number)
                 WHERE p.isleaf
                 GROUP BY c.oid
                 ORDER BY pg_relation_size(c.oid) DESC""",
                subject.copy().quoted(), numbered(templates));
        return templates.isEmpty()
                ? Slices.of(List.of())
                : new Slices(Slices.Unit.WHOLE, parts, SliceWork.of(SliceWork.PART), Optional.empty());
    }

    /** A {@code format()} template that takes the leaf. */
    private static Sql leafIndex(CopySubject subject, Index index) {
        String definition = index.definition().text().replace("%", "%%");
        return subject.table()
                .constraintOf(index)
                .map(c -> new Sql("ALTER TABLE %s ADD " + c.definition().text().replace("%", "%%")))
                .orElseGet(() -> new Sql("CREATE " + (index.unique() ? "UNIQUE " : "") + "INDEX ON %s " + definition));
    }

    private static Sql numbered(List<Sql> templates) {
        List<Sql> rows = new ArrayList<>();
        for (Sql template : templates) {
            rows.add(Sql.of("(%L, %s)", template.text(), rows.size()));
        }
        return Sql.join(", ", rows);
    }

    @Override
    public List<Sql> joinIndexes(CopySubject subject) {
        return CopyTarget.twin(subject).indexes();
    }
}
