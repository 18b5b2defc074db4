package dev.tidemark.schema;

/** What kind of relation a name stands for ({@code pg_class.relkind}). */
public enum RelationKind {
    TABLE('r', "a table"),
    PARTITIONED_TABLE('p', "a partitioned table"),
    VIEW('v', "a view"),
    MATERIALIZED_VIEW('m', "a materialized view"),
    FOREIGN_TABLE('f', "a foreign table"),
    SEQUENCE('S', "a sequence"),
    INDEX('i', "an index"),
    OTHER('?', "neither a table nor a view");

    private final char code;
    private final String inWords;

    RelationKind(char code, String inWords) {
        this.code = code;
        this.inWords = inWords;
    }

    /** The kind for PostgreSQL's one-letter code. */
    public static RelationKind of(String relkind) {
        for (RelationKind kind : values()) {
            if (relkind.length() == 1 && kind.code == relkind.charAt(0)) {
                return kind;
            }
        }
        return relkind.equals("I") ? INDEX : OTHER;
    }

    /** With its article, for messages: "a view". */
    public String inWords() {
        return inWords;
    }
}
