package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * Keeps a slice small in bytes, whatever its rows are: a block can hold a hundred rows of which each points to 50 MB of TOAST.
 *
 * <p>What a value occupies is asked without reading it. Where all TOAST is less than a slice may have, nothing is asked.
 */
final class SliceBytes {
    /**
     * What rows of usual width come to in the half second that a slice should take, so such rows never meet it. More in one transaction would reach
     * replicas and archive in one burst, and a pause or a stop would have to wait for it.
     */
    static final long MOST = 64L * 1024 * 1024;

    /** {@code pg_attribute.attstorage} of what is always in the row itself. */
    private static final String PLAIN = "p";

    private final Table table;
    private final List<String> wide;

    SliceBytes(Table table) {
        this.table = table;
        this.wide = table.columns().stream()
                .filter(c -> !c.storage().equals(PLAIN))
                .map(Column::name)
                .toList();
    }

    /** Whether slices of the table can have more bytes than their blocks, as far as can be told beforehand. */
    boolean canBeMany() {
        // Indexes are in it too, so that this is rather thought possible than not.
        return !wide.isEmpty() && table.size().totalBytes() - table.size().heapBytes() > MOST;
    }

    /** What the row {@code alias} has in columns that can have TOAST. */
    Sql of(String alias) {
        return Sql.join(
                " + ",
                wide.stream()
                        .map(c -> Sql.of("coalesce(pg_column_size(%s.%I), 0)", new Sql(alias), c))
                        .toList());
    }

    /** A condition: the table and its parts have more TOAST than a slice may have. */
    static Sql muchToast(TableName table) {
        return muchToast(Sql.of(
                "c.oid = %L::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree(%L::regclass)) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass)",
                table.quoted(), table.quoted(), table.quoted()));
    }

    /** The same of the relations {@code c} that the condition names. */
    static Sql muchToast(Sql which) {
        return Sql.of(
                "(SELECT coalesce(sum(pg_relation_size(c.reltoastrelid)), 0) > %s FROM pg_class AS c WHERE c.reltoastrelid <> 0 AND (%s))",
                MOST, which);
    }
}
