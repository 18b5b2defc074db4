package dev.tidemark.plan;

/** Looks at plain tables that become history partitions: not asked where rows are copied, nor where chunks are made. */
interface HistoryRule extends PartitionsRule {}
