package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One live column.
 *
 * @param name its name
 * @param number its attribute number ({@code pg_attribute.attnum}), from 1
 * @param type its type with modifiers, as PostgreSQL prints it
 * @param collation its collation, if not the type's default
 * @param notNull whether NULL is refused
 * @param defaultValue the expression of its DEFAULT
 * @param generated the expression of a GENERATED … STORED column
 * @param identity "" for none, "a" for ALWAYS, "d" for BY DEFAULT, as {@code pg_attribute.attidentity}
 * @param storage storage strategy as in {@code pg_attribute.attstorage}: p, e, m or x
 * @param compression "" for the default, "p" for pglz, "l" for lz4
 * @param statisticsTarget its statistics target, -1 for the default
 * @param options attribute options, of which only {@code n_distinct} and {@code n_distinct_inherited} mean something
 * @param comment its comment
 * @param grants privileges on this column alone
 * @param binaryOutput whether its values have a binary form ({@code pg_type.typsend}, of an array that of its elements); aclitem, box2d and a
 *     few others have none
 */
public record Column(
        String name,
        int number,
        String type,
        @Nullable String collation,
        boolean notNull,
        Optional<Definition> defaultValue,
        Optional<Definition> generated,
        String identity,
        String storage,
        String compression,
        int statisticsTarget,
        List<String> options,
        @Nullable String comment,
        List<Grant> grants,
        boolean binaryOutput) {

    public Column {
        options = List.copyOf(options);
        grants = List.copyOf(grants);
    }

    /** Whether the column is GENERATED AS IDENTITY. */
    public boolean isIdentity() {
        return !identity.isEmpty();
    }
}
