package dev.tidemark.plan;

/** Concerns hypertables alone: not asked where tables become something else. */
interface HypertableRule extends Rule {}
