package dev.tidemark.plan;

import java.util.List;

/**
 * What is known when nothing stands against a conversion so far.
 *
 * @param situation everything that was read
 * @param strategy the strategy decided on
 * @param subjects the details of each table
 * @param estimate what it will take
 */
record Planned(Situation situation, Strategy strategy, List<Subject> subjects, Estimate estimate) {
    Planned {
        subjects = List.copyOf(subjects);
    }
}
