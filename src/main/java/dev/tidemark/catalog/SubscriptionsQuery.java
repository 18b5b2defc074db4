package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.List;

/** Subscriptions that write into a table or its partitions. */
final class SubscriptionsQuery {
    private static final String SUBSCRIPTIONS =
            """
            SELECT DISTINCT s.subname::text AS name
              FROM pg_subscription_rel AS r JOIN pg_subscription AS s ON s.oid = r.srsubid
             WHERE r.srrelid = to_regclass(?) OR r.srrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(?)))
             ORDER BY 1""";

    private SubscriptionsQuery() {}

    static List<String> read(Session session, TableName table) {
        return session.query(SUBSCRIPTIONS, row -> row.getString("name"), table.quoted(), table.quoted());
    }
}
