package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names of the functions and triggers that stand for a foreign key: as much of the key's own name as fits, and a digest, because keys of different
 * tables may bear the same name.
 */
final class SubstituteNames {
    /** 48 + "_" + 12 + a suffix of two are the 63 bytes of an identifier. */
    private static final int BYTES_OF_THE_KEY = 48;

    private static final int DIGITS = 12;
    /** In no name by habit, so that "a" of "b_c" and "a_b" of "c" differ. */
    private static final String BETWEEN = "\u001f";

    private final String schema;
    private final String base;

    SubstituteNames(String schema, ForeignKey key) {
        String identity = String.join(BETWEEN, key.child().schema(), key.child().name(), key.name());
        this.schema = schema;
        this.base = RetiredNames.cut(key.name(), BYTES_OF_THE_KEY) + "_" + digest(identity);
    }

    /** A function in the journal's schema. */
    TableName function(String suffix) {
        return new TableName(schema, base + suffix);
    }

    /** A trigger; these have no schema. */
    String trigger(String suffix) {
        return base + suffix;
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
