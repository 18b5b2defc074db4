@org.jspecify.annotations.NullMarked
package dev.tidemark.exchange;
