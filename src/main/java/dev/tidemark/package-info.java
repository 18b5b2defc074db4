/** The facade for embedding: reads, plans, runs and undoes conversions. API. */
@NullMarked
package dev.tidemark;

import org.jspecify.annotations.NullMarked;
