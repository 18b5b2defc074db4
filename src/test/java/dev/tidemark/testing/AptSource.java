package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The archive that this machine installs Debian from: its mirror and its keyring serve for another suite as well. */
record AptSource(String uri, String keyring) {

    private static final Path ETC_APT = Path.of("/etc/apt");
    private static final String ARCHIVE_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static final Pattern ONE_LINE = Pattern.compile("deb\\s+(?:\\[(.*?)]\\s+)?(\\S+)\\s+(\\S+)\\s+(.*)");

    /** The line that {@code mmdebstrap} takes. */
    String line(String suite) {
        return "deb [signed-by=" + keyring + "] " + uri + " " + suite + " main";
    }

    /** The first source of this machine that offers {@code main} of its own release; empty if apt is not configured that way. */
    static Optional<AptSource> ofThisMachine() {
        return files().stream()
                .flatMap(file -> parse(read(file), file.toString().endsWith(".sources"), codename()).stream())
                .findFirst();
    }

    static List<AptSource> parse(String text, boolean deb822, String codename) {
        return deb822 ? stanzas(text, codename) : lines(text, codename);
    }

    private static List<AptSource> lines(String text, String codename) {
        var found = new ArrayList<AptSource>();
        for (String line : text.lines().map(String::strip).toList()) {
            Matcher m = ONE_LINE.matcher(line);
            if (m.matches() && m.group(3).equals(codename) && words(m.group(4)).contains("main")) {
                Matcher key = Pattern.compile("signed-by=(\\S+)").matcher(m.group(1) == null ? "" : m.group(1));
                found.add(new AptSource(m.group(2), keyringOr(key.find() ? key.group(1) : "")));
            }
        }
        return found;
    }

    private static List<AptSource> stanzas(String text, String codename) {
        var found = new ArrayList<AptSource>();
        for (String stanza : text.replaceAll("(?m)^#.*\n?", "").split("\n\\s*\n", -1)) {
            var fields = new TreeMap<String, String>();
            for (String line : stanza.replaceAll("\n[ \t]+", " ").lines().toList()) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    fields.put(
                            line.substring(0, colon).toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip());
                }
            }
            if (words(fields.getOrDefault("types", "")).contains("deb")
                    && words(fields.getOrDefault("suites", "")).contains(codename)
                    && words(fields.getOrDefault("components", "")).contains("main")
                    && !fields.getOrDefault("enabled", "yes").equals("no")) {
                String uri = words(fields.getOrDefault("uris", "")).get(0);
                found.add(new AptSource(uri, keyringOr(fields.getOrDefault("signed-by", ""))));
            }
        }
        return found;
    }

    /** A key that is written into the source itself cannot be handed on; Debian's own keyring signs the same archive. */
    private static String keyringOr(String signedBy) {
        return signedBy.startsWith("/") ? signedBy : ARCHIVE_KEYRING;
    }

    private static List<String> words(String text) {
        return Arrays.asList(text.strip().split("\\s+", -1));
    }

    private static List<Path> files() {
        var files = new ArrayList<Path>();
        if (Files.exists(ETC_APT.resolve("sources.list"))) {
            files.add(ETC_APT.resolve("sources.list"));
        }
        Path parts = ETC_APT.resolve("sources.list.d");
        if (Files.isDirectory(parts)) {
            try (Stream<Path> all = Files.list(parts)) {
                all.filter(f -> f.toString().endsWith(".list") || f.toString().endsWith(".sources"))
                        .sorted()
                        .forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    /** The release of this machine, if it is Debian itself: a derivative's mirror does not carry Debian's suites. */
    private static String codename() {
        Path release = Path.of("/etc/os-release");
        String text = Files.exists(release) ? read(release) : "";
        Matcher name = Pattern.compile("(?m)^VERSION_CODENAME=\"?(\\w+)").matcher(text);
        return Pattern.compile("(?m)^ID=\"?debian\"?$").matcher(text).find() && name.find() ? name.group(1) : "(none)";
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
