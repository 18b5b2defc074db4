package dev.tidemark.plan;

/** Looks at what TimescaleDB must be like for storage to become chunks, or chunks something else, as it is. A copy needs nothing like it. */
interface ChunkRule extends Rule {}
