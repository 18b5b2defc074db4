package dev.tidemark.bench;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Step;
import dev.tidemark.run.Listener;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Optional;

/** Converts one table and prints, in MB, the most that its heap ever held, garbage included. Arguments: URL, user, password, table. */
final class SmallHeapRun {
    private SmallHeapRun() {}

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = connect(arguments)) {
            Tidemark.on(connection, () -> Optional.of(connect(arguments)), Tidemark.DEFAULT_SCHEMA, new Told())
                    .apply(SmallHeap.request(arguments[3]));
        }
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(SmallHeapRun::peak)
                .sum();
        System.out.println(peak / 1e6);
    }

    /** Says how long each step took. */
    private static final class Told implements Listener {
        @Override
        public void stepEnds(Step step, Duration took) {
            Console.say("%s %.1f s", step.id(), took.toMillis() / 1e3);
        }
    }

    private static long peak(MemoryPoolMXBean pool) {
        return pool.getPeakUsage().getUsed();
    }

    private static Connection connect(String... arguments) throws java.sql.SQLException {
        return DriverManager.getConnection(arguments[0], arguments[1], arguments[2]);
    }
}
