package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Row-level security of a table.
 *
 * @param enabled ENABLE ROW LEVEL SECURITY
 * @param forced FORCE ROW LEVEL SECURITY
 * @param policies its policies
 * @param applies whether it applies to this session's user, who may not see all rows
 */
public record RowSecurity(boolean enabled, boolean forced, List<Policy> policies, boolean applies) {
    /** None at all. */
    public static final RowSecurity NONE = new RowSecurity(false, false, List.of());

    /** Of a table whose rows this session's user sees all. */
    public RowSecurity(boolean enabled, boolean forced, List<Policy> policies) {
        this(enabled, forced, policies, false);
    }

    /**
     * One policy.
     *
     * @param name its name
     * @param definition what stands after {@code CREATE POLICY name ON table}: {@code AS … FOR … TO … USING (…) WITH CHECK (…)}
     * @param comment its comment
     */
    public record Policy(String name, Definition definition, @Nullable String comment) {}

    public RowSecurity {
        policies = List.copyOf(policies);
    }
}
