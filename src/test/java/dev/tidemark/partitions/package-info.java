/** Plain tables and hypertables that become native partitions without a row being copied, their life afterwards, and their way back. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.partitions;
