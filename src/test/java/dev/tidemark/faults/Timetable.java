package dev.tidemark.faults;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** How long each step takes undisturbed. */
record Timetable(Map<String, Duration> steps) {
    /** Steps that only make a note are over before anybody could strike. */
    private static final Duration SHORTEST = Duration.ofMillis(4);

    Timetable {
        steps = new LinkedHashMap<>(steps);
    }

    Duration of(String step) {
        return steps.getOrDefault(step, Duration.ZERO);
    }

    /** Half of the draws take each step as often as any other, half take each moment as often as any other. */
    String draw(Random random) {
        List<String> names = steps.keySet().stream()
                .filter(step -> of(step).compareTo(SHORTEST) > 0)
                .toList();
        if (random.nextBoolean()) {
            return names.get(random.nextInt(names.size()));
        }
        long all = names.stream().mapToLong(step -> of(step).toNanos()).sum();
        long moment = (long) (random.nextDouble() * all);
        for (String name : names) {
            moment -= of(name).toNanos();
            if (moment < 0) {
                return name;
            }
        }
        return names.get(names.size() - 1);
    }
}
