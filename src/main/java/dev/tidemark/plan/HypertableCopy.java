package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/** A hypertable whose chunks TimescaleDB makes as rows come: possible on every edition, for any owner. */
final class HypertableCopy implements CopyTarget {
    private final TimescaleDb timescaledb;

    HypertableCopy(TimescaleDb timescaledb) {
        this.timescaledb = timescaledb;
    }

    @Override
    public List<Sql> create(CopySubject subject) {
        // Chunks inherit its storage parameters.
        List<Sql> sql = new ArrayList<>(CopyTarget.heap(subject));
        sql.add(Sql.of(
                "SELECT %I.create_hypertable(%L::regclass, %I.by_range(%L, %s), create_default_indexes => false)",
                timescaledb.schema(),
                subject.copy().quoted(),
                timescaledb.schema(),
                subject.subject().timeColumnName(),
                subject.subject()
                        .timeType()
                        .chunkInterval(
                                subject.subject().chunkInterval(),
                                subject.subject().target().epoch())));
        if (subject.subject().isHypertable()) {
            sql.addAll(new HypertableTraits(subject, timescaledb).carried());
        }
        FirstChunks.of(subject).ifPresent(sql::add);
        return sql;
    }

    @Override
    public List<Sql> makeRoom(CopySubject subject) {
        return List.of();
    }

    @Override
    public Slices indexes(CopySubject subject) {
        return Slices.of(CopyTarget.twin(subject).indexes());
    }

    @Override
    public List<Sql> joinIndexes(CopySubject subject) {
        return List.of();
    }
}
