package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.sql.Sql;
import java.util.List;

/** One heap. */
final class PlainCopy implements CopyTarget {
    @Override
    public List<Sql> create(CopySubject subject) {
        return CopyTarget.heap(subject);
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
