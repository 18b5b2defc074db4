/**
 * Servers, databases and witnesses for tests and the demo. Entry types: {@link dev.tidemark.testing.PostgresTest} for tests,
 * {@link dev.tidemark.testing.TestServers} for programs. Everything talks to real servers; nothing here imitates one.
 */
package dev.tidemark.testing;
