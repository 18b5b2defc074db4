package dev.tidemark.sql;

/**
 * A relation's schema and name exactly as PostgreSQL stores them: no quotes, no folding to lower case.
 *
 * @param schema the schema's name
 * @param name the relation's name within it
 */
public record TableName(String schema, String name) implements Comparable<TableName> {

    /** Length in bytes beyond which PostgreSQL cuts an identifier (NAMEDATALEN - 1). */
    public static final int MAX_IDENTIFIER_BYTES = 63;

    /** The name quoted for SQL, always with quotes: {@code "public"."fixes"}. */
    public String quoted() {
        return Sql.identifier(schema) + "." + Sql.identifier(name);
    }

    /** Another relation of the same schema. */
    public TableName sibling(String otherName) {
        return new TableName(schema, otherName);
    }

    @Override
    public int compareTo(TableName other) {
        int bySchema = schema.compareTo(other.schema);
        return bySchema != 0 ? bySchema : name.compareTo(other.name);
    }

    /** The quoted form, so that messages show names that can be pasted into psql. */
    @Override
    public String toString() {
        return quoted();
    }
}
