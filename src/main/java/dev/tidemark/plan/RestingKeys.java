package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Foreign keys of a table that an exchanged partition belongs to, where attaching partitions would take too long because it reads their rows for each key: in the
 * window the key leaves the table and comes to each of its partitions unvalidated, so that new rows are checked all the time; afterwards it is validated beside the
 * application, and joined under the table again.
 *
 * @param table the table
 * @param keys those that rest; empty where reading the rows fits into the window
 */
record RestingKeys(TableName table, List<ForeignKey> keys) {
    RestingKeys {
        keys = List.copyOf(keys);
    }

    /** In the window, before anything changes hands. */
    List<Sql> drop() {
        return each(key -> List.of(Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                BEGIN
                    ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I;
                    FOR part IN
                        SELECT k.conrelid FROM pg_constraint AS k
                         WHERE k.conname = %L AND k.contype = 'f' AND k.conparentid = 0 AND k.conrelid IN (SELECT relid FROM pg_partition_tree(%L::regclass))
                    LOOP
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', part, %L);
                    END LOOP;
                END
                $tidemark$""",
                table, key.name(), key.name(), table.quoted(), key.name())));
    }

    /** In the window, when the partitions are those of afterwards. */
    List<Sql> addUnvalidated() {
        return each(key -> List.of(CopyForeignKeys.eachLeaf(table, key, new Sql(" NOT VALID"))));
    }

    /** After the window. */
    List<Sql> validate() {
        return each(key -> {
            List<Sql> sql = new ArrayList<>(List.of(ForeignKeys.validate(key), ForeignKeys.join(key)));
            if (key.comment() != null) {
                sql.add(Sql.of(
                        """
                        DO $tidemark$
                        BEGIN
                            IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = %L::regclass AND conname = %L) THEN
                                COMMENT ON CONSTRAINT %I ON %I IS %L;
                            END IF;
                        END
                        $tidemark$""",
                        table.quoted(), key.name(), key.name(), table, key.comment()));
            }
            return sql;
        });
    }

    private List<Sql> each(Function<ForeignKey, List<Sql>> statements) {
        return keys.stream().flatMap(key -> statements.apply(key).stream()).toList();
    }
}
