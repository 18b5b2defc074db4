package dev.tidemark.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the server has confirmed: each key with its newest version. The witness against which a table is held afterwards. */
public final class Ledger {

    /** The version of a key whose row was deleted; newer than all others. */
    public static final long DELETED = Long.MAX_VALUE;

    private final Map<Object, Long> versions = new ConcurrentHashMap<>();
    /** Versions that may be there or not: the connection broke before the answer. */
    private final Map<Object, Long> unanswered = new ConcurrentHashMap<>();

    /** The server has confirmed it. */
    public void committed(Object key, long version) {
        versions.merge(key, version, Math::max);
        unanswered.remove(key);
    }

    /** It was sent and never answered. Either is right until a later statement tells. */
    public void unanswered(Object key, long version) {
        unanswered.put(key, version);
    }

    /** The newest confirmed version of a key, 0 where there is none. */
    public long version(Object key) {
        return versions.getOrDefault(key, 0L);
    }

    public int size() {
        return versions.size();
    }

    public Map<Object, Long> versions() {
        return Map.copyOf(versions);
    }

    /**
     * How the database differs, in words; empty if it holds exactly what was confirmed. The query yields key and version as text, for
     * the keys of the writer only.
     */
    public List<String> differences(Database database, String query) {
        var found = new ConcurrentHashMap<String, String>();
        var differences = new ArrayList<String>();
        for (List<String> row : database.rows(query)) {
            if (found.put(row.get(0), row.get(1)) != null) {
                differences.add("twice: key " + row.get(0));
            }
        }
        versions.forEach((key, version) -> {
            String actual = found.remove(key.toString());
            String expected = text(version);
            if (!Objects.equals(actual, expected) && !isUnanswered(key, actual)) {
                differences.add("key %s: confirmed version %s, found %s".formatted(key, expected, actual));
            }
        });
        unanswered.forEach((key, version) -> found.remove(key.toString(), text(version)));
        found.forEach((key, version) -> differences.add("never confirmed: key " + key + ", version " + version));
        return differences;
    }

    private boolean isUnanswered(Object key, @Nullable String actual) {
        Long version = unanswered.get(key);
        return version != null && Objects.equals(actual, text(version));
    }

    private static @Nullable String text(long version) {
        return version == DELETED ? null : String.valueOf(version);
    }
}
