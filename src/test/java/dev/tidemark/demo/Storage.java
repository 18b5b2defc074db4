package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Where the rows of a partitioned table lie: its partitions as oid, name, bound; and the files of those that hold rows, of their indexes
 * and TOAST tables.
 *
 * @param partitions oid: name and bound
 * @param files oid: file node
 */
record Storage(Map<String, String> partitions, Map<String, String> files) {

    private static final String PARTITIONS =
            """
            SELECT c.oid, c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid)
            FROM unnest(ARRAY[%s]) AS root(name)
            CROSS JOIN pg_partition_tree(root.name::regclass) AS leaf
            JOIN pg_class AS c ON c.oid = leaf.relid
            WHERE leaf.isleaf ORDER BY c.relname
            """;

    private static final String FILES =
            """
            SELECT f.oid, pg_relation_filenode(f.oid)
            FROM unnest(ARRAY[%s]) AS root(name)
            CROSS JOIN pg_partition_tree(root.name::regclass) AS leaf
            JOIN pg_class AS c ON c.oid = leaf.relid
            CROSS JOIN LATERAL (SELECT c.oid
                                UNION ALL SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0
                                UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid IN (c.oid, c.reltoastrelid)) AS f
            WHERE leaf.isleaf AND pg_relation_size(c.oid) > 0 AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
            """;

    static Storage of(Database database, List<String> tables) {
        String names = tables.stream().map(t -> "'" + t + "'").collect(Collectors.joining(", "));
        return new Storage(pairs(database, PARTITIONS.formatted(names)), pairs(database, FILES.formatted(names)));
    }

    /** The same files, as they are now. */
    Map<String, String> filesNow(Database database) {
        return pairs(
                database,
                "SELECT oid, pg_relation_filenode(oid) FROM pg_class WHERE oid IN (" + String.join(", ", files.keySet())
                        + ")");
    }

    /** Partitions of {@code later} that were not there. */
    List<String> added(Storage later) {
        var names = new TreeSet<>(later.partitions.values());
        names.removeAll(partitions.values());
        return List.copyOf(names);
    }

    /** Partitions that are gone, or have another oid, name or bound in {@code later}. */
    List<String> changed(Storage later) {
        return partitions.entrySet().stream()
                .filter(p -> !p.getValue().equals(later.partitions.get(p.getKey())))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** In UTC: that is how the bounds were written. */
    private static Map<String, String> pairs(Database database, String query) {
        Map<String, String> pairs = new LinkedHashMap<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            try (ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    pairs.put(row.getString(1), row.getString(2));
                }
            }
            return pairs;
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "\nin: " + query, e);
        }
    }
}
