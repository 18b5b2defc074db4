/** The demo: {@code mvn -Pdemo verify} converts a scenario and takes it back, on a real server, with every proof on the terminal. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.demo;
