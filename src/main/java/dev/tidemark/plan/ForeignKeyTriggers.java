package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;

/** A generated pair of triggers in place of a foreign key. */
final class ForeignKeyTriggers implements ForeignKeySubstitute {
    private final String schema;

    ForeignKeyTriggers(String schema) {
        this.schema = schema;
    }

    @Override
    public List<Sql> create(ForeignKey key) {
        return List.of(Sql.of("SELECT %L", schema));
    }

    @Override
    public List<Sql> drop(ForeignKey key) {
        return List.of();
    }
}
