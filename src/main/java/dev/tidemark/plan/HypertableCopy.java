package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A hypertable whose chunks TimescaleDB makes as rows come: possible on every edition, for any owner. */
final class HypertableCopy implements CopyTarget {
    /**
     * From so many chunks on, or where nobody knows how many there will be, the primary key is there before them. PostgreSQL 15 to 17 set the key's columns NOT NULL in every chunk, for each of which TimescaleDB
     * goes through all chunks once more, in one statement's memory (process_altertable_end_subcmd in its process_utility.c, 2.19 to 2.29): a key of two columns
     * took 1.3 GB of the server's memory with 500 chunks, 5.0 GB with 1,000, and nobody's other index more than 0.1 GB. With 200 it is 0.2 GB.
     */
    private static final long KEY_BEFORE_CHUNKS = 200;

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
        if (keyComesFirst(subject)) {
            sql.addAll(CopyTarget.twin(subject).indexes(Index::primary));
        }
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
    public Optional<String> chunkTime(CopySubject subject) {
        return Optional.of(subject.subject().timeColumnName());
    }

    @Override
    public Slices indexes(CopySubject subject) {
        return Slices.of(CopyTarget.twin(subject).indexes(index -> !(index.primary() && keyComesFirst(subject))));
    }

    private static boolean keyComesFirst(CopySubject subject) {
        return subject.pieces().orElse(KEY_BEFORE_CHUNKS) >= KEY_BEFORE_CHUNKS;
    }

    @Override
    public List<Sql> joinIndexes(CopySubject subject) {
        return List.of();
    }
}
