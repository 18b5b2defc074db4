package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Partitions of a table that they will come to, below a table of their own until then: what is written meanwhile finds its place by itself. Each gets what a
 * new partition of the table gets.
 */
final class PiecesCopy implements CopyTarget {
    private final PartitionsCopy leaves = new PartitionsCopy();
    private final PieceGrid grid;
    private final Table definition;
    private final Optional<TableName> rest;

    /** @param rest what the DEFAULT partition is called until it has its name; empty where there is none */
    PiecesCopy(PieceGrid grid, Table definition, Optional<TableName> rest) {
        this.grid = grid;
        this.definition = definition;
        this.rest = rest;
    }

    @Override
    public List<Sql> create(CopySubject subject) {
        List<Sql> sql = new ArrayList<>();
        // Identity is the table's: a partition gets it when it is attached.
        sql.add(Sql.of(
                "CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS EXCLUDING IDENTITY EXCLUDING COMMENTS) PARTITION BY RANGE (%I)",
                subject.copy(), grid.whole(), grid.column()));
        sql.add(Sql.of("ALTER TABLE %I OWNER TO %I", subject.copy(), definition.owner()));
        if (definition.tablespace() != null) {
            sql.add(Sql.of("ALTER TABLE %I SET TABLESPACE %I", subject.copy(), definition.tablespace()));
        }
        rest.ifPresent(name -> sql.addAll(rest(subject, name)));
        sql.add(grid.create());
        return sql;
    }

    /** It takes what can be nowhere else; a row that only has no place yet must not get into it, or its place could not be made. */
    private List<Sql> rest(CopySubject subject, TableName name) {
        Sql column = Sql.of("%I", grid.column());
        return List.of(
                Sql.of(
                        "CREATE %sTABLE %I PARTITION OF %I DEFAULT",
                        new Sql(definition.persistence() == Persistence.UNLOGGED ? "UNLOGGED " : ""),
                        name,
                        subject.copy()),
                Sql.of("ALTER TABLE %I OWNER TO %I", name, definition.owner()),
                Sql.of(
                        "ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s IS NULL OR %s)",
                        name, PieceGrid.BOUND, column, grid.beyond(column)));
    }

    @Override
    public List<Sql> makeRoom(CopySubject subject) {
        return grid.makeRoom();
    }

    @Override
    public Slices indexes(CopySubject subject) {
        return leaves.indexes(subject);
    }

    @Override
    public List<Sql> joinIndexes(CopySubject subject) {
        return leaves.joinIndexes(subject);
    }
}
