/** Conversions by copy while applications write, read, and change the tables, and while the runner is killed. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.copy;
