package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Finds names for what makes room: {@code <name>_old}, or the next free one, never longer than PostgreSQL keeps. */
final class RetiredNames {
    private static final String SUFFIX = "_old";
    private static final String NEW = "_new";

    private final Set<TableName> taken;

    /** @param taken names of relations and statistics objects that exist */
    RetiredNames(Set<TableName> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** A free name for what is called {@code name} now; it counts as taken from then on. */
    TableName retire(TableName name) {
        return free(name, SUFFIX);
    }

    /** A free name for what will be called {@code name}; it counts as taken from then on. */
    TableName prepare(TableName name) {
        return free(name, NEW);
    }

    /** A free name for what belongs to {@code name}; it counts as taken from then on. */
    TableName next(TableName name, String ending) {
        return free(name, ending);
    }

    private TableName free(TableName name, String ending) {
        for (int attempt = 1; ; attempt++) {
            String suffix = ending + (attempt == 1 ? "" : attempt);
            TableName candidate = name.sibling(fitted(name.name(), suffix));
            if (taken.add(candidate)) {
                return candidate;
            }
        }
    }

    /** Whether nothing bears the name yet; if so it counts as taken from then on. */
    boolean claim(TableName name) {
        return taken.add(name);
    }

    /** {@code name + suffix}, the name cut at a character border so that the whole fits into an identifier. */
    static String fitted(String name, String suffix) {
        return cut(name, TableName.MAX_IDENTIFIER_BYTES - suffix.getBytes(StandardCharsets.UTF_8).length) + suffix;
    }

    /** As much of the name as fits into so many bytes, cut at a character border. */
    static String cut(String name, int bytes) {
        String cut = name;
        while (cut.getBytes(StandardCharsets.UTF_8).length > bytes) {
            cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
        }
        return cut;
    }
}
