package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One index.
 *
 * @param name its name
 * @param definition its definition without name and table: {@code USING btree (id, received_at DESC) WHERE …}
 * @param unique whether it enforces uniqueness
 * @param primary whether it is the primary key's
 * @param valid whether queries may use it ({@code indisvalid}); a failed concurrent build leaves one that is not
 * @param keyColumns names of the plain key columns in order; an expression is left out
 * @param hasExpressions whether a key is an expression
 * @param constraint the constraint it belongs to
 * @param clustered whether CLUSTER uses it
 * @param replicaIdentity whether it is the replica identity
 * @param tablespace its tablespace, if not the database's default
 * @param comment its comment
 */
public record Index(
        String name,
        Definition definition,
        boolean unique,
        boolean primary,
        boolean valid,
        List<String> keyColumns,
        boolean hasExpressions,
        @Nullable String constraint,
        boolean clustered,
        boolean replicaIdentity,
        @Nullable String tablespace,
        @Nullable String comment) {

    public Index {
        keyColumns = List.copyOf(keyColumns);
    }

    /** Whether it finds all rows of the table in the order of that column. */
    public boolean ordersBy(String column) {
        return valid
                && definition.text().startsWith("USING btree")
                && !definition.text().contains(" WHERE ")
                && keyColumns.stream().findFirst().filter(column::equals).isPresent();
    }
}
