package dev.tidemark.plan;

import dev.tidemark.schema.Subscription;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/**
 * A subscription knows the tables that it writes into by their oid. Another table has the name after the cutover, and until the subscription is refreshed it
 * passes over every change without a word. It can be refreshed only while it is enabled, and no transaction does both: so it is enabled with a slot that
 * nobody has, of which it gets nothing, and has its own one back afterwards. What it has received it keeps in mind all the while.
 */
final class Subscribed implements Rule {
    private static final String NOBODYS_SLOT = "not_yet";

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> situation.server().subscriptions().stream()
                .filter(subscription -> subscription.table().equals(table.name()))
                .map(Subscribed::finding));
    }

    private static Finding finding(Subscription subscription) {
        String name = Sql.identifier(subscription.name());
        String what = "Subscription " + name + " writes into " + subscription.table()
                + ", which it knows by its oid; after the cutover another table has the name, and every change would be passed over without a word.";
        String afterwards = "ALTER SUBSCRIPTION " + name + " SET (slot_name = " + NOBODYS_SLOT
                + "); ALTER SUBSCRIPTION " + name + " ENABLE; ALTER SUBSCRIPTION " + name
                + " REFRESH PUBLICATION WITH (copy_data = false); ALTER SUBSCRIPTION " + name + " SET (slot_name = "
                + Sql.literal(subscription.slot().orElse(subscription.name())) + ");";
        return subscription.enabled()
                ? Finding.blocking(
                        "TM165",
                        what,
                        "Let what comes wait in its slot: ALTER SUBSCRIPTION " + name
                                + " DISABLE; convert; then enable it with a slot that does not exist until it is refreshed: "
                                + afterwards)
                : Finding.note(
                        "TM165",
                        what,
                        "Do not simply enable it after the conversion, nor after a way back: " + afterwards);
    }
}
