package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Names that somebody may have meant. */
final class NearMisses {
    /** Letters that may be wrong, missing or too many; with three, short names match anything. */
    private static final int DISTANCE = 2;

    private static final int SHOWN = 3;

    private NearMisses() {}

    /** {@code  Did you mean "received_at"?} with a space before it, or nothing. */
    static String of(String wanted, Collection<String> present) {
        int allowed = Math.min(DISTANCE, wanted.length() / 3);
        List<String> close = present.stream()
                .filter(name -> distance(wanted, name) <= allowed)
                .sorted(Comparator.comparingInt((String name) -> distance(wanted, name))
                        .thenComparing(name -> name))
                .limit(SHOWN)
                .map(Sql::identifier)
                .toList();
        return close.isEmpty() ? "" : " Did you mean " + String.join(" or ", close) + "?";
    }

    /** Levenshtein's, upper and lower case being equal. */
    private static int distance(String one, String other) {
        String a = one.toLowerCase(Locale.ROOT);
        String b = other.toLowerCase(Locale.ROOT);
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                current[j] = Math.min(Math.min(current[j - 1], previous[j]) + 1, previous[j - 1] + change);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
