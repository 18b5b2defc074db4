package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where {@code node} and {@code npm} are: on this machine, or inside a Debian root. */
record NodeRuntime(Optional<DebianRoot> root) {

    /** The oldest version that the WebAssembly build runs on. */
    private static final int OLDEST = 18;

    private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

    static NodeRuntime ofThisMachine() {
        return new NodeRuntime(Optional.empty());
    }

    /** The machine's own if it will do; else that of the Debian root, which then contains them. */
    static NodeRuntime choose() {
        return ofThisMachine().isUsable() ? ofThisMachine() : new NodeRuntime(Optional.of(TestServers.trixie()));
    }

    boolean isUsable() {
        if (!Command.exists("node") || !Command.exists("npm")) {
            return false;
        }
        Matcher version = Pattern.compile("v(\\d+)\\..*\\s*")
                .matcher(Command.of("node", "--version").run().stdout());
        return version.matches() && Integer.parseInt(version.group(1)) >= OLDEST;
    }

    /** The directory as the programs see it. */
    String path(Path directory) {
        return root.map(r -> "/" + r.directory().relativize(directory)).orElse(directory.toString());
    }

    /** Where installed packages may lie so that the programs can see them. */
    Path base() {
        return root.map(DebianRoot::directory).orElse(Cache.directory());
    }

    Command command(List<String> line) {
        return root.map(r -> r.inside(Command.of(line).with("NODE_EXTRA_CA_CERTS", BUNDLE)))
                .orElse(Command.of(line));
    }

    /** A machine behind a proxy of its own trusts certificates that a fresh Debian has never heard of. */
    void trustWhatThisMachineTrusts() {
        Path bundle = Path.of(BUNDLE);
        if (root.isPresent() && Files.exists(bundle)) {
            try {
                Files.copy(bundle, Path.of(base() + BUNDLE), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
