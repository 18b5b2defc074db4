package dev.tidemark.schema;

import dev.tidemark.sql.TableName;
import java.util.Optional;

/**
 * What logical replication writes here.
 *
 * @param name the subscription's
 * @param enabled whether it is at work
 * @param slot the slot that the publisher keeps for it, if it has one
 * @param table what it writes into, or whose partitions
 */
public record Subscription(String name, boolean enabled, Optional<String> slot, TableName table) {}
