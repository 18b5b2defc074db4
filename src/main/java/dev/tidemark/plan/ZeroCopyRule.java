package dev.tidemark.plan;

/** Looks at storage that is to change its owner. A copy leaves that behind, so there it is not asked. */
interface ZeroCopyRule extends Rule {}
