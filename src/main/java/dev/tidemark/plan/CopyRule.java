package dev.tidemark.plan;

/** Looks at what only a copy needs. */
interface CopyRule extends Rule {}
