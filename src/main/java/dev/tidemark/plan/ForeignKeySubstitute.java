package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;

/** What stands in for a foreign key that a hypertable cannot have. */
interface ForeignKeySubstitute {
    /** Statements that create it, once both tables bear their names. */
    List<Sql> create(ForeignKey key);

    /** Statements that remove it without leaving anything. */
    List<Sql> drop(ForeignKey key);

    /** A query that counts the child's rows without a parent. */
    Sql orphans(ForeignKey key);
}
