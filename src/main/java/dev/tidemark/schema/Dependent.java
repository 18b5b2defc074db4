package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * Something whose stored definition refers to the table by its oid, so that it would stay with the retired table after a swap of names.
 *
 * @param kind what it is
 * @param name its schema and name; for a policy, the table it is on
 * @param identity its name as shown in messages, a function's with its argument types
 * @param definition the statement that makes it anew in place: CREATE OR REPLACE VIEW … / CREATE OR REPLACE FUNCTION … / CREATE MATERIALIZED VIEW …
 * @param options a view's reloptions, already part of the definition; kept for messages
 * @param direct whether it refers to the table itself, whatever else it refers to
 * @param depth 1 where it refers to the table only, one more than the deepest of what it refers to
 * @param constraints names of the table's keys that it needs: it groups by one and selects more
 */
public record Dependent(
        Kind kind,
        TableName name,
        String identity,
        Definition definition,
        List<String> options,
        boolean direct,
        int depth,
        List<String> constraints) {

    /** What can depend on a table's oid. */
    public enum Kind {
        VIEW,
        MATERIALIZED_VIEW,
        FUNCTION,
        POLICY,
        RULE,
        OTHER
    }

    public Dependent {
        options = List.copyOf(options);
        constraints = List.copyOf(constraints);
    }

    /** One that needs no key. */
    public Dependent(
            Kind kind,
            TableName name,
            String identity,
            Definition definition,
            List<String> options,
            boolean direct,
            int depth) {
        this(kind, name, identity, definition, options, direct, depth, List.of());
    }
}
