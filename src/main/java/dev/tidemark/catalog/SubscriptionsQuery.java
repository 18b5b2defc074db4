package dev.tidemark.catalog;

import dev.tidemark.schema.Subscription;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;

/** Subscriptions that write into a table or its partitions. */
final class SubscriptionsQuery {
    private static final String SUBSCRIPTIONS =
            """
            SELECT DISTINCT s.subname::text AS name
              FROM pg_subscription_rel AS r JOIN pg_subscription AS s ON s.oid = r.srsubid
             WHERE r.srrelid = to_regclass(?) OR r.srrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(?)))
             ORDER BY 1""";

    private static final String ALL =
            """
            SELECT DISTINCT s.subname::text AS name, s.subenabled AS enabled, s.subslotname::text AS slot, n.nspname::text AS schema, c.relname::text AS "table"
              FROM pg_subscription_rel AS r
              JOIN pg_subscription AS s ON s.oid = r.srsubid
              JOIN pg_class AS c ON c.oid = coalesce(pg_partition_root(r.srrelid), r.srrelid)
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             ORDER BY 1, 4, 5""";

    private SubscriptionsQuery() {}

    /** Of every table of this database. */
    static List<Subscription> all(Session session) {
        return session.query(
                ALL,
                row -> new Subscription(
                        row.getString("name"),
                        row.getBoolean("enabled"),
                        Optional.ofNullable(row.getString("slot")),
                        new TableName(row.getString("schema"), row.getString("table"))));
    }

    static List<String> read(Session session, TableName table) {
        return session.query(SUBSCRIPTIONS, row -> row.getString("name"), table.quoted(), table.quoted());
    }
}
