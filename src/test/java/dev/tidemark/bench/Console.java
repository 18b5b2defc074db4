package dev.tidemark.bench;

import java.util.Locale;

/** What is said while it goes on. */
final class Console {
    private Console() {}

    static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
