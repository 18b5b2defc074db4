package dev.tidemark.plan;

import java.util.stream.Stream;

/** One thing that preflight looks at. Pure; says nothing where all is well. */
interface Rule {
    /** What there is to say. */
    Stream<Finding> judge(Situation situation);
}
