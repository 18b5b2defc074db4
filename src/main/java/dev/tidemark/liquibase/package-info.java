/**
 * The Liquibase extension: change types, commands and configuration that read attributes, call {@link dev.tidemark.Tidemark} and report.
 *
 * <p>Entry types: {@link dev.tidemark.liquibase.ConvertToHypertableChange} and {@link dev.tidemark.liquibase.FinalizeConversionChange}; users
 * meet them as XML, YAML or JSON. Knows nothing about PostgreSQL beyond names: what to do is decided in {@code plan}, done in {@code run}. The only
 * package that may use {@code liquibase.*}. Internal: may change in any release; the attributes and commands are the API.
 */
@NullMarked
package dev.tidemark.liquibase;

import org.jspecify.annotations.NullMarked;
