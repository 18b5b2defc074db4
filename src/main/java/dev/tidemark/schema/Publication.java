package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import java.util.Optional;

/**
 * A publication that lists the table.
 *
 * @param name the publication
 * @param columnsAndFilter what stands after the table's name in {@code ALTER PUBLICATION … ADD TABLE}: column list and WHERE; empty if neither
 */
public record Publication(String name, Optional<Definition> columnsAndFilter) {}
