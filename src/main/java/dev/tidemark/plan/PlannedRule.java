package dev.tidemark.plan;

import java.util.stream.Stream;

/** One thing that preflight looks at when the details are decided. Pure; says nothing where all is well. */
interface PlannedRule {
    /** What there is to say. */
    Stream<Finding> judge(Planned planned);
}
