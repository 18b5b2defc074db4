package dev.tidemark.session;

import dev.tidemark.sql.Sql;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** A {@code .sql} resource written in psql's variable syntax, so that the same file runs by hand ({@code psql -v schema=tidemark -f}) and from Java. */
public final class Script {
    private Script() {}

    /**
     * The resource's text with {@code :"schema"} replaced by the quoted schema and {@code :'schema'} by it as a literal.
     *
     * @param owner the class beside which the resource lies
     * @param resource its file name
     */
    public static String load(Class<?> owner, String resource, String schema) {
        try (InputStream stream = owner.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("resource " + resource + " is missing beside " + owner.getName());
            }
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return text.replace(":\"schema\"", Sql.identifier(schema)).replace(":'schema'", Sql.literal(schema));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The statements of a script, some at a time: it is cut where a line is empty. Ours have empty lines between statements only. TimescaleDB as WebAssembly
     * never answers what is sent to it at once and longer than some 10 kB.
     */
    public static List<String> paragraphs(String script) {
        return Stream.of(script.split("\n{2,}")).filter(part -> !part.isBlank()).toList();
    }
}
