package dev.tidemark.plan;

/** Concerns native partitions that are made anew: not asked where tables become something else. */
interface PartitionsRule extends Rule {}
