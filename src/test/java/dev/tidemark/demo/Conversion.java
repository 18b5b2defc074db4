package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.LiquibaseProcess.Launch;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Scenario;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one place that knows how a scenario is run: by Liquibase's command line, in a process of its own, as people run it. */
final class Conversion {
    static final String CONVERTED = "v2-convert";

    /** Of a scenario many times its usual size, too. */
    private static final Duration LIMIT = Duration.ofMinutes(30);
    /** Of what Liquibase prints, what Tidemark says; without the reasons for each step, which the plan has. */
    private static final Pattern OURS =
            Pattern.compile("^(Tidemark: |  \\[\\d+/\\d+\\] .*: (done|window|attempt|\\d+ of) ).*");

    private static final Pattern PAGE =
            Pattern.compile("^(NO-)?GO: .*?(?=^ERROR|^(NO-)?GO for |\\z)", Pattern.MULTILINE | Pattern.DOTALL);

    private final Launch launch;
    private final String before;
    private final String strategy;
    private final Consumer<String> progress;

    /** @param progress hears what Tidemark says, line by line, while it runs */
    Conversion(Database database, Scenario scenario, String strategy, Consumer<String> progress) {
        this.launch = new Launch(LiquibaseVersion.V4_33_0, database, scenario.directory());
        this.before = scenario.before();
        this.strategy = strategy;
        this.progress = progress;
    }

    /** What comes before there is anything to convert, such as extensions. */
    Output prepare() {
        return liquibase("update-to-tag", "--tag=" + before);
    }

    /** The runbook, without what is said after it. */
    String plan() {
        String said = launch.with("TIDEMARK_MODE", "plan")
                .run("update", "--changelog-file=changelog.xml", "-Dstrategy=" + strategy)
                .stderr();
        Matcher page = PAGE.matcher(said);
        return page.find() ? page.group().stripTrailing() + "\n" : said;
    }

    /** The SQL of everything that is still to be done. */
    Output sql() {
        return liquibase("update-to-tag-sql", "--tag=" + CONVERTED);
    }

    Output convert() {
        return liquibase("update-to-tag", "--tag=" + CONVERTED);
    }

    /** The checks of phase 3. */
    Output verify() {
        return liquibase("update");
    }

    /** Gives up the way back. */
    Output finish() {
        return liquibase("update", "--contexts=finalize");
    }

    Output rollBack() {
        return liquibase("rollback", "--tag=" + before);
    }

    private Output liquibase(String command, String... arguments) {
        var line = new String[arguments.length + 3];
        line[0] = command;
        line[1] = "--changelog-file=changelog.xml";
        line[2] = "-Dstrategy=" + strategy;
        System.arraycopy(arguments, 0, line, 3, arguments.length);
        try (LiquibaseProcess process = launch.start(line)) {
            int told = 0;
            while (process.isRunning()) {
                told = tell(process.stderr(), told, false);
                pause();
            }
            tell(process.stderr(), told, true);
            return process.await(LIMIT);
        }
    }

    /** Passes whole lines on. Returns up to where. */
    private int tell(String text, int from, boolean all) {
        int end = all ? text.length() : text.lastIndexOf('\n') + 1;
        if (end > from) {
            text.substring(from, end)
                    .lines()
                    .filter(l -> OURS.matcher(l).matches())
                    .forEach(progress);
        }
        return Math.max(end, from);
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
