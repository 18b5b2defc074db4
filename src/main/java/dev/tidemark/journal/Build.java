package dev.tidemark.journal;

import dev.tidemark.session.Script;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this build puts into a database, told apart from what another one did: two builds can have one version of the tables and other functions, and before
 * the first release even other tables under one version.
 */
final class Build {
    /** To be raised by a release whose functions differ from the last one's: of two releases side by side the functions of the later one stay. */
    static final int REVISION = 1;

    /** They make tables and run once. */
    private static final List<String> ONCE = List.of("journal.sql", "copy.sql");
    /** They can be run again over what is there. */
    private static final List<String> REPEATABLE = List.of(
            "retention.sql", "partitions.sql", "grid.sql", "upkeep.sql", "dropping.sql", "managing.sql", "health.sql");

    private static final String ANY_SCHEMA = "tidemark";
    private static final Pattern TABLE = Pattern.compile("CREATE TABLE.*?\\);", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("--[^\n]*");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private final String schema;

    Build(String schema) {
        this.schema = schema;
    }

    /** What installs everything, in order. */
    List<String> scripts() {
        return Stream.concat(ONCE.stream(), REPEATABLE.stream())
                .map(name -> Script.load(Build.class, name, schema))
                .toList();
    }

    /** What replaces the functions and leaves tables as they are. */
    List<String> functionScripts() {
        return REPEATABLE.stream()
                .map(name -> Script.load(Build.class, name, schema))
                .toList();
    }

    /** Tells tables of this build from others, whatever is said about them in comments. */
    String tables() {
        return digest(TABLE.matcher(all(Stream.concat(ONCE.stream(), REPEATABLE.stream())))
                .results()
                .map(MatchResult::group)
                .map(table ->
                        SPACE.matcher(COMMENT.matcher(table).replaceAll("")).replaceAll(" "))
                .collect(Collectors.joining("\n")));
    }

    /** Tells functions of this build from others. */
    String functions() {
        return digest(all(REPEATABLE.stream()));
    }

    private static String all(Stream<String> resources) {
        return resources.map(name -> Script.load(Build.class, name, ANY_SCHEMA)).collect(Collectors.joining("\n"));
    }

    private static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
