package dev.tidemark.schema;

/**
 * TimescaleDB as installed in a database.
 *
 * @param version its extension version
 * @param schema the schema of its functions, mostly public
 * @param edition which licence it runs under
 */
public record TimescaleDb(String version, String schema, Edition edition) {

    /** What {@code timescaledb.license} says. */
    public enum Edition {
        APACHE,
        COMMUNITY
    }

    /** Whether the version is {@code other} or later; both as in {@code 2.19.3}, a suffix like {@code -dev} ignored. */
    public boolean isAtLeast(String other) {
        int[] mine = numbers(version);
        int[] theirs = numbers(other);
        for (int i = 0; i < mine.length; i++) {
            if (mine[i] != theirs[i]) {
                return mine[i] > theirs[i];
            }
        }
        return true;
    }

    private static int[] numbers(String version) {
        String[] parts = version.split("-", 2)[0].split("\\.", -1);
        int[] numbers = new int[3];
        for (int i = 0; i < Math.min(3, parts.length); i++) {
            numbers[i] = Integer.parseInt(parts[i]);
        }
        return numbers;
    }
}
