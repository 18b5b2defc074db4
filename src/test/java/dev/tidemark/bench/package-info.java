/**
 * Measures conversions against what people would do instead, side by side in one run: {@code mvn -Pbench verify}.
 *
 * <p>Entry type: {@link dev.tidemark.bench.Bench}. Ratios count, not seconds.
 */
@NullMarked
package dev.tidemark.bench;

import org.jspecify.annotations.NullMarked;
